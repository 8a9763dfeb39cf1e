/**
 * Evaluates rule groups on time, on the engine's thread, ahead of interactive queries.
 *
 * Groups are spread over their interval by their name, so that many do not begin at once, and each keeps its own rhythm over
 * restarts. A group that is still running when its next turn comes misses that turn; it is counted, never queued twice.
 */
import {
  AlertingRule,
  type AlertSink,
  type RestoredState,
  type RuleEnvironment,
  RuleGroup,
  type RuleGroupDefinition,
} from "@dmon/alerting";
import {
  type Appender,
  type Clock,
  type Matcher,
  METRIC_NAME,
  messageOf,
  type Queryable,
  SampleColumns,
  SampleKind,
  type Slices,
} from "@dmon/model";
import { formatExpr, parseExpr } from "@dmon/promql";
import type { LocalQueries } from "../context.ts";
import type { QueryLog, QueryOrigin } from "../query-log.ts";
import { Priority, type Scheduler } from "../scheduler.ts";

export interface LoadedRuleFile {
  readonly file: string;
  readonly groups: readonly RuleGroupDefinition[];
}

export interface RuleSettings {
  readonly files: readonly LoadedRuleFile[];
  readonly evaluationIntervalMs: number;
  readonly queryOffsetMs: number;
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly externalUrl: string;
  readonly restoring: Restoring;
}

export interface RuleManagerOptions {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly queryLog: QueryLog;
  readonly appender: Appender;
  readonly queryable: Queryable;
  readonly queries: () => LocalQueries;
  /** Makes what the rules wrote durable, soon. */
  readonly commitSoon: () => void;
  readonly onAlerts: AlertSink;
  readonly onError: (message: string, fields: Readonly<Record<string, unknown>>) => void;
}

/** How alerts go on over a restart; ms. */
export interface Restoring {
  /** Alerts that were active so long before are taken up again. */
  readonly toleranceMs: number;
  /** An alert that is restored waits so long at least before it fires. */
  readonly graceMs: number;
}

/** Evaluations before alerts are restored, so that what they depend on is there. */
const EVALUATIONS_BEFORE = 2;

interface Running {
  readonly group: RuleGroup;
  readonly fingerprint: string;
  cancel: () => void;
  isBusy: boolean;
  /** Evaluations until alerts are restored; 0 where they are. */
  untilRestored: number;
}

interface StartedGroup {
  readonly key: string;
  readonly file: string;
  readonly definition: RuleGroupDefinition;
  readonly settings: RuleSettings;
  readonly restores: boolean;
  readonly before: Running | undefined;
}

export class RuleManager {
  readonly #options: RuleManagerOptions;
  readonly #running = new Map<string, Running>();
  #settings: RuleSettings | undefined;
  #longestDelayMs = 0;

  constructor(options: RuleManagerOptions) {
    this.#options = options;
  }

  get groups(): RuleGroup[] {
    return [...this.#running.values()].map(({ group }) => group);
  }

  /** Longest time from a group's second to the end of its evaluation since this was last asked, ms. */
  takeLongestDelayMs(): number {
    const longestMs = this.#longestDelayMs;
    this.#longestDelayMs = 0;
    return longestMs;
  }

  /**
   * Groups that did not change go on untouched, with their alerts.
   *
   * @param restores whether groups that are new take up their alerts from before: at the start of the program
   */
  apply(settings: RuleSettings, restores: boolean): void {
    this.#settings = settings;
    const wanted = new Map<string, { readonly file: string; readonly definition: RuleGroupDefinition }>(
      settings.files.flatMap(({ file, groups }) =>
        groups.map((definition) => [`${file};${definition.name}`, { file, definition }] as const),
      ),
    );
    const before = new Map<string, Running>();
    for (const [key, running] of this.#running) {
      const next = wanted.get(key);
      if (next !== undefined && running.fingerprint === fingerprintOf(next.definition, settings)) continue;
      running.cancel();
      if (next === undefined) running.group.end(this.#options.clock.nowMs());
      else before.set(key, running);
      this.#running.delete(key);
    }
    for (const [key, { file, definition }] of wanted) {
      if (!this.#running.has(key)) this.#start({ key, file, definition, settings, restores, before: before.get(key) });
    }
    this.#options.commitSoon();
  }

  stop(): void {
    for (const { cancel } of this.#running.values()) cancel();
    this.#running.clear();
  }

  #start({ key, file, definition, settings, restores, before }: StartedGroup): void {
    const { appender, onAlerts } = this.#options;
    const group = new RuleGroup({
      file,
      definition,
      defaultIntervalMs: settings.evaluationIntervalMs,
      defaultQueryOffsetMs: settings.queryOffsetMs,
      environment: this.#environment({ ruleGroup: { file, name: definition.name } }),
      appender,
      onAlerts,
      now: threadCpuMs,
    });
    const running: Running = {
      group,
      fingerprint: fingerprintOf(definition, settings),
      cancel: () => {},
      isBusy: false,
      untilRestored: restores ? EVALUATIONS_BEFORE : 0,
    };
    for (const rule of group.rules) if (rule instanceof AlertingRule) rule.isRestored = !restores;
    if (before !== undefined) {
      group.takeOver(before.group, this.#options.clock.nowMs());
      running.untilRestored = before.untilRestored;
    }
    this.#running.set(key, running);
    this.#schedule(running, key);
  }

  #schedule(running: Running, key: string): void {
    const { clock } = this.#options;
    const { intervalMs } = running.group;
    const offsetMs = hash(key) % intervalMs;
    const nowMs = clock.nowMs();
    const dueMs = Math.floor((nowMs - offsetMs) / intervalMs + 1) * intervalMs + offsetMs;
    running.cancel = clock.after(dueMs - nowMs, () => {
      this.#evaluate(running, dueMs);
      this.#schedule(running, key);
    });
  }

  #evaluate(running: Running, atMs: number): void {
    const { clock, scheduler, commitSoon, onError } = this.#options;
    if (running.isBusy) {
      running.group.missedCount++;
      return;
    }
    running.isBusy = true;
    const manager = this;
    scheduler.add({
      priority: Priority.RULES,
      onError: (error) => {
        running.isBusy = false;
        onError("a rule group failed", { group: running.group.name, error: messageOf(error) });
      },
      work: (function* () {
        yield* running.group.evaluate(atMs);
        if (running.untilRestored > 0 && --running.untilRestored === 0) yield* manager.#restore(running);
        running.isBusy = false;
        manager.#longestDelayMs = Math.max(manager.#longestDelayMs, clock.nowMs() - atMs);
        commitSoon();
      })(),
    });
  }

  /** After the second evaluation, as in Prometheus: alerts that were active before the start go on from when they began. */
  *#restore({ group }: Running): Slices<void> {
    const { clock, onError } = this.#options;
    const { graceMs, toleranceMs } = this.#settings!.restoring;
    const nowMs = clock.nowMs();
    for (const rule of group.rules) {
      if (!(rule instanceof AlertingRule)) continue;
      let before: readonly RestoredState[] = [];
      try {
        // An alert that is to wait for less than the grace waits for all of it anew.
        if (rule.forMs >= graceMs) before = yield* this.#statesOf(rule.name, nowMs - toleranceMs, nowMs);
      } catch (error) {
        onError("the state of an alert before the restart is unknown", { rule: rule.name, error: messageOf(error) });
      }
      rule.restore(before, nowMs, graceMs);
    }
  }

  /** What `ALERTS_FOR_STATE` says last of each alert of a rule, where it did not end. */
  *#statesOf(alertname: string, startMs: number, endMs: number): Slices<RestoredState[]> {
    const matchers: Matcher[] = [
      { type: "=", name: METRIC_NAME, value: "ALERTS_FOR_STATE" },
      { type: "=", name: "alertname", value: alertname },
    ];
    const hints = { startMs, endMs, stepMs: 0, rangeMs: endMs - startMs, func: "", tier: "raw" } as const;
    const { series } = yield* this.#options.queryable.select(matchers, hints);
    const columns = new SampleColumns();
    const found: RestoredState[] = [];
    for (const one of series) {
      one.read(startMs, endMs, columns);
      const last = columns.length - 1;
      if (last >= 0 && columns.kinds[last] === SampleKind.FLOAT) {
        found.push({ labels: one.labels, lastAtMs: columns.timesMs[last]!, activeAtMs: columns.values[last]! * 1000 });
      }
      yield;
    }
    return found;
  }

  #environment(origin: QueryOrigin): RuleEnvironment {
    const manager = this;
    const { queries, queryLog } = this.#options;
    return {
      query: (query, atMs) => {
        const work = queries().instant({ query, atMs });
        if (!queryLog.isInUse) return work;
        // As Prometheus logs it: printed anew.
        const params = {
          query: formatExpr(parseExpr(query, { experimentalFunctions: true })),
          startMs: atMs,
          endMs: atMs,
          stepMs: 0,
        };
        return queryLog.logged(work, params, origin);
      },
      get externalLabels() {
        return manager.#settings?.externalLabels ?? {};
      },
      get externalUrl() {
        return manager.#settings?.externalUrl ?? "";
      },
    };
  }
}

function fingerprintOf(definition: RuleGroupDefinition, { evaluationIntervalMs, queryOffsetMs }: RuleSettings): string {
  const { intervalMs = evaluationIntervalMs, queryOffsetMs: offsetMs = queryOffsetMs } = definition;
  return JSON.stringify([definition, intervalMs, offsetMs]);
}

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
