/** The engine's rules: loads their code when there are some, and stands empty where there are none. */
import type { RuleGroup } from "@dmon/alerting";
import { messageOf, systemClock } from "@dmon/model";
import type { Store } from "@dmon/tsdb";
import type { LocalQueries, RuleView } from "../context.ts";
import type { QueryLog } from "../query-log.ts";
import type { Scheduler } from "../scheduler.ts";
import type { RuleManager, RuleSettings } from "./manager.ts";

export interface RulesOptions {
  readonly store: Store;
  readonly scheduler: Scheduler;
  readonly queryLog: QueryLog;
  readonly log: (level: "error", message: string, fields: Readonly<Record<string, unknown>>) => void;
  readonly commitSoon: () => void;
  readonly queries: () => LocalQueries;
  /** Loads the query language. */
  readonly prepare: () => Promise<void>;
}

export class Rules implements RuleView {
  readonly #options: RulesOptions;
  #manager: RuleManager | undefined;
  #wanted: RuleSettings | undefined;
  #isStopped = false;
  #isStarting = true;

  constructor(options: RulesOptions) {
    this.#options = options;
  }

  get groups(): readonly RuleGroup[] {
    return this.#manager?.groups ?? [];
  }

  /** Longest time from a group's second to the end of its evaluation since this was last asked, ms. */
  takeLongestDelayMs(): number {
    return this.#manager?.takeLongestDelayMs() ?? 0;
  }

  apply(settings: RuleSettings | undefined): void {
    const restores = this.#isStarting;
    this.#isStarting = false;
    this.#wanted = settings;
    if (settings === undefined && this.#manager === undefined) return;
    this.#applyWanted(restores).catch((error: unknown) => {
      this.#options.log("error", "rules cannot be evaluated", { error: messageOf(error) });
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#manager?.stop();
  }

  async #applyWanted(restores: boolean): Promise<void> {
    const { store, scheduler, queryLog, log, commitSoon, queries, prepare } = this.#options;
    const [{ RuleManager }] = await Promise.all([import("./manager.ts"), prepare()]);
    if (this.#isStopped) return;
    this.#manager ??= new RuleManager({
      clock: systemClock,
      scheduler,
      queryLog,
      appender: store,
      queryable: store,
      queries,
      commitSoon,
      onAlerts: () => {},
      onError: (message, fields) => log("error", message, fields),
    });
    this.#manager.apply(this.#wanted ?? NO_RULES, restores);
  }
}

const NO_RULES: RuleSettings = {
  files: [],
  evaluationIntervalMs: 60_000,
  queryOffsetMs: 0,
  externalLabels: {},
  externalUrl: "",
  restoring: { toleranceMs: 3_600_000, graceMs: 600_000 },
};
