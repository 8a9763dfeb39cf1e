/**
 * Evaluates rule groups on time, on the engine's thread, ahead of interactive queries.
 *
 * Groups are spread over their interval by their name, so that many do not begin at once, and each keeps its own rhythm over
 * restarts. A group that is still running when its next turn comes misses that turn; it is counted, never queued twice.
 */
import {
  AlertingRule,
  type AlertSink,
  type RuleEnvironment,
  RuleGroup,
  type RuleGroupDefinition,
} from "@dmon/alerting";
import { type Appender, type Clock, type Labels, METRIC_NAME, messageOf, type Slices } from "@dmon/model";
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
}

export interface RuleManagerOptions {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly queryLog: QueryLog;
  readonly appender: Appender;
  readonly queries: () => LocalQueries;
  /** Makes what the rules wrote durable, soon. */
  readonly commitSoon: () => void;
  readonly onAlerts: AlertSink;
  readonly onError: (message: string, fields: Readonly<Record<string, unknown>>) => void;
}

/** An alert that was active this long before a restart goes on from when it began. */
const OUTAGE_TOLERANCE_MS = 3_600_000;

interface Running {
  readonly group: RuleGroup;
  readonly fingerprint: string;
  cancel: () => void;
  isBusy: boolean;
  isRestored: boolean;
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

  /** Groups that did not change go on untouched, with their alerts. */
  apply(settings: RuleSettings): void {
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
      if (!this.#running.has(key)) this.#start(key, file, definition, settings, before.get(key));
    }
    this.#options.commitSoon();
  }

  stop(): void {
    for (const { cancel } of this.#running.values()) cancel();
    this.#running.clear();
  }

  #start(key: string, file: string, definition: RuleGroupDefinition, settings: RuleSettings, before?: Running): void {
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
      isRestored: false,
    };
    if (before !== undefined) {
      group.takeOver(before.group, this.#options.clock.nowMs());
      running.isRestored = before.isRestored;
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
        if (!running.isRestored) yield* manager.#restore(running, atMs);
        running.isBusy = false;
        manager.#longestDelayMs = Math.max(manager.#longestDelayMs, clock.nowMs() - atMs);
        commitSoon();
      })(),
    });
  }

  /** After the first evaluation: alerts that were active before a restart go on from when they began. */
  *#restore(running: Running, atMs: number): Slices<void> {
    running.isRestored = true;
    for (const rule of running.group.rules) {
      if (!(rule instanceof AlertingRule) || rule.forMs === 0 || rule.activeAlerts.length === 0) continue;
      try {
        const query = `last_over_time(ALERTS_FOR_STATE{alertname=${JSON.stringify(rule.name)}}[${OUTAGE_TOLERANCE_MS}ms])`;
        // What the evaluation just wrote says "now": look at what stood before it.
        const { value } = yield* this.#options
          .queries()
          .instant({ query, atMs: atMs - running.group.queryOffsetMs - 1 });
        if (value.type !== "vector") continue;
        for (const { labels, value: seconds } of value.samples) rule.restore(withoutName(labels), seconds * 1000);
      } catch (error) {
        this.#options.onError("the state of an alert before the restart is unknown", {
          rule: rule.name,
          error: messageOf(error),
        });
      }
    }
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

function withoutName(labels: Labels): Labels {
  return labels.without(METRIC_NAME);
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
