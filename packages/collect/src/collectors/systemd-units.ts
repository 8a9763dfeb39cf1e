/**
 * Asks systemd for its units: runs `systemctl show` once for all of them and reads its `Name=value` blocks.
 *
 * Source: systemctl(1), org.freedesktop.systemd1(5).
 */
import { execFile } from "node:child_process";

export type UnitProperties = ReadonlyMap<string, string>;

const UNIT_PROPERTIES = [
  "Id",
  "LoadState",
  "ActiveState",
  "Type",
  "ActiveEnterTimestamp",
  "NRestarts",
  "TasksCurrent",
  "TasksMax",
  "LastTriggerUSec",
  "NAccepted",
  "NConnections",
  "NRefused",
];
const MANAGER_PROPERTIES = ["Version", "SystemState", "Virtualization"];
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
const TIMEOUT_MS = 10_000;

export interface SystemdState {
  readonly manager: UnitProperties;
  readonly units: readonly UnitProperties[];
}

/** @throws where there is no systemd to ask */
export async function readSystemd(
  run: (args: readonly string[]) => Promise<string> = systemctl,
): Promise<SystemdState> {
  const [manager = new Map()] = parseBlocks(await run(["show", `--property=${MANAGER_PROPERTIES.join(",")}`]));
  const units = await run(["show", "--all", "--timestamp=unix", `--property=${UNIT_PROPERTIES.join(",")}`, "*"]);
  return { manager, units: parseBlocks(units).filter((unit) => unit.get("LoadState") !== "not-found") };
}

function systemctl(args: readonly string[]): Promise<string> {
  const options = { maxBuffer: MAX_OUTPUT_BYTES, timeout: TIMEOUT_MS, env: { ...process.env, LC_ALL: "C", TZ: "UTC" } };
  return new Promise((resolve, reject) => {
    execFile("systemctl", [...args], options, (error, stdout) => (error === null ? resolve(stdout) : reject(error)));
  });
}

function parseBlocks(text: string): UnitProperties[] {
  return text
    .split(/\n\n+/)
    .filter((block) => block.trim() !== "")
    .map((block) => {
      const lines = block.split("\n").filter((line) => line.includes("="));
      return new Map(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
    });
}

/** Seconds since the epoch of a time as `--timestamp=unix` prints it (`@1700000000`); undefined where it never was. */
export function timestampSeconds(text: string | undefined): number | undefined {
  const seconds = text?.startsWith("@") ? Number(text.slice(1)) : Number.NaN;
  return Number.isNaN(seconds) ? undefined : seconds;
}

/** A count; undefined where systemd has none (`[not set]`, `infinity`). */
export function count(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
