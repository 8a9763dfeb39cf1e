/** What a scenario is: it measures, and says what it found as rows. It judges nothing; budgets do (`budgets.ts`). */

export interface Row {
  /** Names the row's budget too: `idle.cpu`. Begins with the scenario's name. */
  readonly name: string;
  readonly value: number;
  /** As people read it: `% of a core`, `MB`, `ms`, `samples/CPU s`. */
  readonly unit: string;
  /** The same figure of a peer, measured in the same run on the same machine. */
  readonly peer?: { readonly name: string; readonly value: number } | undefined;
  readonly note?: string | undefined;
}

/** A row that could not be measured, and why: a peer's binary or a browser is missing. */
export interface Skip {
  readonly name: string;
  readonly skipped: string;
}

export interface Context {
  /** Short windows, for CI: less exact, same budgets. */
  readonly quick: boolean;
  /** Root of the repository. */
  readonly root: string;
  /** An empty folder of this scenario, removed afterwards. */
  readonly scratch: string;
  /** A line of progress, on standard error. */
  say(line: string): void;
}

export interface Scenario<Prepared = unknown> {
  readonly name: string;
  /** One line for `--list`: what is measured, and how. */
  readonly summary: string;
  /**
   * What takes long: begun with the first scenario, so that the others do not wait for it.
   * `run` gets its answer, as `Prepared`.
   */
  prepare?(context: Context): Promise<Prepared>;
  /** Begun with this scenario instead, where that is one of the run. */
  readonly beginWith?: string;
  /** Measured in the same minutes as this scenario, where that is one of the run: both hardly use the machine. */
  readonly beside?: string;
  run(context: Context, prepared: Prepared): Promise<readonly (Row | Skip)[]>;
}

export function isSkip(row: Row | Skip): row is Skip {
  return "skipped" in row;
}
