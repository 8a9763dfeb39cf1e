/** The choice of a dashboard's variables: one value, several, or any text. */
import IconChevronDown from "virtual:icon/chevron-down";
import { Popover } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { messageOfError } from "../../api/client.ts";
import classes from "./dashboards.module.css";
import type { DashboardVariables, ResolvedVariable } from "./use-variables.ts";
import { ALL } from "./variables.ts";

export function VariableBar({ variables }: { readonly variables: DashboardVariables }) {
  const shown = variables.resolved.filter(({ variable }) => variable.hidden !== true);
  if (variables.error !== null && variables.error !== undefined) {
    return (
      <p className={classes.problem} role="alert">
        The variables cannot be filled: {messageOfError(variables.error)}
      </p>
    );
  }
  if (shown.length === 0) return null;
  return (
    <div className={classes.variables}>
      {shown.map((one) => (
        <Choice key={one.variable.name} one={one} onChoose={(values) => variables.choose(one.variable.name, values)} />
      ))}
    </div>
  );
}

interface ChoiceProps {
  readonly one: ResolvedVariable;
  readonly onChoose: (values: readonly string[]) => void;
}

function Choice({ one, onChoose }: ChoiceProps) {
  const { variable, options, chosen, problem } = one;
  const label = variable.label ?? variable.name;
  if (problem !== undefined) return <p className={classes.problem}>{`${label}: ${problem}`}</p>;
  if (variable.free) return <FreeText key={chosen[0]} label={label} value={chosen[0] ?? ""} onChoose={onChoose} />;
  if (variable.multi) return <Several label={label} one={one} onChoose={onChoose} />;
  return (
    <label>
      {label}
      <select value={chosen[0] ?? ""} onChange={(event) => onChoose([event.target.value])}>
        {variable.includeAll && <option value={ALL}>All</option>}
        {options.length === 0 && !variable.includeAll && <option value="">none found</option>}
        {options.map((option) => (
          <option key={option} value={option}>
            {variable.texts?.[option] ?? option}
          </option>
        ))}
      </select>
    </label>
  );
}

function Several({ label, one, onChoose }: ChoiceProps & { readonly label: string }) {
  const { variable, options, chosen } = one;
  const [filter, setFilter] = useState("");
  const textOf = (value: string) => (value === ALL ? "All" : (variable.texts?.[value] ?? value));
  const wanted = filter.trim().toLowerCase();
  const isAll = chosen.includes(ALL);
  const toggle = (value: string) => {
    const before = isAll ? [] : chosen;
    const next = before.includes(value) ? before.filter((other) => other !== value) : [...before, value];
    onChoose(next.length > 0 ? next : variable.includeAll ? [ALL] : chosen);
  };
  return (
    <span className={classes.several}>
      {label}
      <Popover position="bottom-start" shadow="md" trapFocus withinPortal width={260}>
        <Popover.Target>
          <button
            type="button"
            className={classes.button}
            aria-haspopup="dialog"
            aria-label={`${label}: ${chosen.map(textOf).join(", ")}`}
          >
            <span className={classes.chosen}>{chosen.map(textOf).join(", ") || "none found"}</span>
            <IconChevronDown size={14} />
          </button>
        </Popover.Target>
        <Popover.Dropdown className={classes.choices!} aria-label={label}>
          {options.length > 8 && (
            <input
              type="search"
              placeholder="Filter"
              aria-label={`Filter ${label}`}
              value={filter}
              onChange={(event) => setFilter(event.target.value)}
            />
          )}
          {variable.includeAll && (
            <label>
              <input type="checkbox" checked={isAll} onChange={() => onChoose([ALL])} /> All
            </label>
          )}
          {options
            .filter((option) => textOf(option).toLowerCase().includes(wanted))
            .map((option) => (
              <label key={option}>
                <input type="checkbox" checked={!isAll && chosen.includes(option)} onChange={() => toggle(option)} />{" "}
                {textOf(option)}
              </label>
            ))}
        </Popover.Dropdown>
      </Popover>
    </span>
  );
}

interface FreeTextProps {
  readonly label: string;
  readonly value: string;
  readonly onChoose: ChoiceProps["onChoose"];
}

function FreeText({ label, value, onChoose }: FreeTextProps) {
  const [text, setText] = useState(value);
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (text !== value) onChoose([text]);
  };
  return (
    <form onSubmit={submit}>
      <label>
        {label}
        <input value={text} onChange={(event) => setText(event.target.value)} onBlur={() => submit()} />
      </label>
    </form>
  );
}
