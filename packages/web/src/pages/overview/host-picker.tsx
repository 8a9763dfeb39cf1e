/** The host that is shown; a choice only where there are several. */
import { useNavigate } from "@tanstack/react-router";
import classes from "./overview.module.css";

export interface HostPickerProps {
  readonly hosts: readonly string[];
  readonly current: string | undefined;
}

export function HostPicker({ hosts, current }: HostPickerProps) {
  const navigate = useNavigate();
  if (current === undefined) return null;
  if (hosts.length < 2 && hosts.includes(current)) return <span className={classes.host}>{current}</span>;
  const choose = (host: string) =>
    void navigate({ to: ".", search: ((old: object) => ({ ...old, host })) as never, resetScroll: false });
  return (
    <select className={classes.hostSelect} aria-label="Host" value={current} onChange={(e) => choose(e.target.value)}>
      {[...new Set([current, ...hosts])].map((host) => (
        <option key={host}>{host}</option>
      ))}
    </select>
  );
}
