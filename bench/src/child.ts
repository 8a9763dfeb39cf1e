/** Runs one scenario in a process of its own, so that none sees another's heap, and sends its rows to the parent, when that says so. */
import { once } from "node:events";
import { messageOf } from "@dmon/model";
import { builtin } from "./builtin.ts";
import type { Context, Row, Scenario, Skip } from "./scenario.ts";

export type ChildMessage = { readonly rows: readonly (Row | Skip)[] } | { readonly failure: string };

const { name, ...rest } = JSON.parse(process.argv[2] ?? "{}") as { name: string } & Omit<Context, "say">;
const scenario = builtin.find((candidate) => candidate.name === name);
if (scenario === undefined) throw new Error(`BUG: no scenario ${name}`);

const context: Context = { ...rest, say: (line) => console.error(`  ${line}`) };
const told = once(process, "message");
const message: ChildMessage = await prepareAndRun(scenario)
  .then((rows) => ({ rows }))
  .catch((error: unknown) => ({ failure: error instanceof Error ? (error.stack ?? "") : messageOf(error) }));
process.send?.(message, () => process.exit());

async function prepareAndRun({ prepare, run }: Scenario): Promise<readonly (Row | Skip)[]> {
  const prepared = await prepare?.(context);
  await told;
  return run(context, prepared);
}
