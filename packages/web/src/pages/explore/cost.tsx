/** What each part of a query costs: every part that can be asked alone is asked once, at one instant. */
import { Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type AnswerNotes, ask, type QueryCost } from "../../api/batch.ts";
import { messageOfError } from "../../api/client.ts";
import { formatValue } from "../../units/units.ts";
import classes from "./explore.module.css";

interface PartCost {
  readonly text: string;
  readonly cost: QueryCost | undefined;
  readonly elapsedMs: number;
  readonly problem: string | undefined;
}

export interface CostProps {
  readonly parts: readonly string[];
  readonly onClose: () => void;
}

const MAX_PARTS = 30;

export function Cost({ parts, onClose }: CostProps) {
  const costs = useQuery({
    queryKey: ["cost", parts],
    queryFn: async ({ signal }) => {
      const out: PartCost[] = [];
      // One after another, so that they do not make each other slower.
      for (const text of parts.slice(0, MAX_PARTS)) out.push(await costOf(text, signal));
      return out;
    },
  });
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title="What each part costs, at one instant"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {costs.isPending && <p>Asking each part on its own…</p>}
      {costs.isError && <p role="alert">{messageOfError(costs.error)}</p>}
      {costs.data !== undefined && (
        <table className={classes.costs}>
          <thead>
            <tr>
              <th scope="col">Part</th>
              <th scope="col">Series read</th>
              <th scope="col">Samples read</th>
              <th scope="col">CPU</th>
              <th scope="col">Answer after</th>
            </tr>
          </thead>
          <tbody>
            {costs.data.map(({ text, cost, elapsedMs, problem }) => (
              <tr key={text}>
                <td>
                  <code>{text}</code>
                  {problem !== undefined && <p className={classes.problem}>{problem}</p>}
                </td>
                <td>{cost?.seriesCount.toLocaleString() ?? "–"}</td>
                <td>{cost?.samplesTotal.toLocaleString() ?? "–"}</td>
                <td>{formatValue(cost?.cpuMs, "ms")}</td>
                <td>{formatValue(elapsedMs, "ms")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Modal>
  );
}

async function costOf(text: string, signal: AbortSignal): Promise<PartCost> {
  let notes: AnswerNotes | undefined;
  const beganMs = performance.now();
  try {
    const query = text.replaceAll("$__rate_interval", "1m").replaceAll("$__interval", "15s");
    await ask({ query }, signal, (one) => {
      notes = one;
    });
    return { text, cost: notes?.stats, elapsedMs: performance.now() - beganMs, problem: undefined };
  } catch (error) {
    if (signal.aborted) throw error;
    return { text, cost: undefined, elapsedMs: performance.now() - beganMs, problem: messageOfError(error) };
  }
}
