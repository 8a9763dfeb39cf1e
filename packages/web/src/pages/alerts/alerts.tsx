/** What fires, and the rules that decide it: active alerts first, then every rule by its group. */
import IconCircleCheck from "virtual:icon/circle-check";
import { Link } from "@tanstack/react-router";
import { messageOfError, parseApiNumber } from "../../api/client.ts";
import { PageBar } from "../../app/page-bar.tsx";
import { useNowMs } from "../../time/use-now.ts";
import { formatAge, formatValue } from "../../units/units.ts";
import classes from "./alerts.module.css";
import { type ApiAlert, type ApiRule, type ApiRuleGroup, useAlerting } from "./rules.ts";

export function Alerts() {
  const { data, error, isPending } = useAlerting();
  const nowMs = useNowMs();
  return (
    <>
      <PageBar title="Alerts" withTime={false} />
      <main className={classes.page}>
        {isPending && <p className={classes.hint}>Loading…</p>}
        {error !== null && (
          <p className={classes.problem} role="alert">
            {messageOfError(error)}
          </p>
        )}
        {data !== undefined && data.groups.length === 0 && <NoRules />}
        {data !== undefined && data.groups.length > 0 && (
          <>
            <ActiveAlerts alerts={data.alerts} nowMs={nowMs} />
            <section aria-labelledby="rules-heading" className={classes.groups}>
              <h2 id="rules-heading" className={classes.heading}>
                Rules
              </h2>
              {data.groups.map((group) => (
                <Group key={`${group.file} ${group.name}`} group={group} nowMs={nowMs} />
              ))}
            </section>
          </>
        )}
      </main>
    </>
  );
}

function NoRules() {
  return (
    <div className={classes.empty}>
      <h2>No rules are loaded</h2>
      <p>
        Rules are read from files in Prometheus’ format. Name them in the configuration file, start the program with{" "}
        <code>--config</code>, and they are evaluated from then on:
      </p>
      <pre>{'rule_files:\n  - "rules/*.yml"'}</pre>
    </div>
  );
}

function ActiveAlerts({ alerts, nowMs }: { readonly alerts: readonly ApiAlert[]; readonly nowMs: number }) {
  const firing = alerts.filter((alert) => alert.state === "firing").length;
  return (
    <section aria-labelledby="active-heading" data-testid="active-alerts">
      <h2 id="active-heading" className={classes.heading}>
        Active
        <span className={classes.count}>
          {firing} firing · {alerts.length - firing} pending
        </span>
      </h2>
      {alerts.length === 0 ? (
        <p className={classes.well}>
          <IconCircleCheck size={18} /> Nothing fires
        </p>
      ) : (
        <ul className={classes.alerts}>
          {alerts.map((alert) => (
            <ActiveAlert key={JSON.stringify(alert.labels)} alert={alert} nowMs={nowMs} />
          ))}
        </ul>
      )}
    </section>
  );
}

function ActiveAlert({ alert, nowMs }: { readonly alert: ApiAlert; readonly nowMs: number }) {
  const { labels, annotations, state, activeAt, value } = alert;
  const { alertname = "", ...others } = labels;
  const { summary, description } = annotations;
  return (
    <li className={classes.alert} data-state={state}>
      <div className={classes.line}>
        <State state={state} />
        <strong>{alertname}</strong>
        <span className={classes.about}>
          for <time dateTime={activeAt}>{ageOf(activeAt, nowMs)}</time> · value{" "}
          {formatValue(parseApiNumber(value), "none")}
        </span>
      </div>
      {summary !== undefined && <p>{summary}</p>}
      {description !== undefined && <p className={classes.description}>{description}</p>}
      <Labels labels={others} />
    </li>
  );
}

function Group({ group, nowMs }: { readonly group: ApiRuleGroup; readonly nowMs: number }) {
  const { name, file, interval, rules } = group;
  return (
    <section className={classes.group} aria-label={`Group ${name}`}>
      <h3 className={classes.line}>
        <strong>{name}</strong>
        <span className={classes.about}>
          {file} · every {formatValue(interval, "s")}
        </span>
      </h3>
      <ul>
        {rules.map((rule, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a group may hold two rules of one name and query; their order is fixed
          <RuleItem key={`${i} ${rule.name}`} rule={rule} nowMs={nowMs} />
        ))}
      </ul>
    </section>
  );
}

function RuleItem({ rule, nowMs }: { readonly rule: ApiRule; readonly nowMs: number }) {
  const { name, type, query, labels, state, health, lastError, lastEvaluation } = rule;
  return (
    <li className={classes.rule}>
      <div className={classes.line}>
        {type === "alerting" ? <State state={state ?? "unknown"} /> : <State state="recording" />}
        <span className={classes.name}>{name}</span>
        <Labels labels={labels ?? {}} />
        <span className={classes.about}>
          <span data-health={health}>{HEALTH_WORDS[health]}</span> · {evaluated(lastEvaluation, nowMs)}
        </span>
      </div>
      <Link to={"/explore" as "/"} search={{ q: [query] } as never} className={classes.query} title="Open in Explore">
        <code>{query}</code>
      </Link>
      {lastError !== undefined && <pre className={classes.error}>{lastError}</pre>}
    </li>
  );
}

const HEALTH_WORDS: Readonly<Record<ApiRule["health"], string>> = { ok: "ok", err: "fails", unknown: "unknown" };

function State({ state }: { readonly state: string }) {
  return (
    <span className={classes.state} data-state={state}>
      {state}
    </span>
  );
}

function Labels({ labels }: { readonly labels: Readonly<Record<string, string>> }) {
  const entries = Object.entries(labels);
  if (entries.length === 0) return null;
  return (
    <ul className={classes.labels} aria-label="Labels">
      {entries.map(([name, value]) => (
        <li key={name}>
          {name}=<b>{value}</b>
        </li>
      ))}
    </ul>
  );
}

function evaluated(instant: string, nowMs: number): string {
  const ms = Date.parse(instant);
  return Number.isNaN(ms) || ms <= 0 ? "not evaluated yet" : `evaluated ${ageOf(instant, nowMs)} ago`;
}

function ageOf(instant: string, nowMs: number): string {
  return formatAge(Math.max(0, nowMs - Date.parse(instant)));
}
