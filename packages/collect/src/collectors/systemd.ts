/**
 * Units of systemd: their states, and how often and when they ran. Off by default, because it runs `systemctl`, which asks
 * for every unit.
 *
 * Source: org.freedesktop.systemd1(5).
 */
import type { CollectorFactory, CollectorRegistry, Host, OptionsOf } from "../collector.ts";
import { compilePattern } from "../pattern.ts";
import { aside, type Hold } from "../slowly.ts";
import { count, readSystemd, type SystemdState, timestampSeconds, type UnitProperties } from "./systemd-units.ts";

const STATES = ["active", "activating", "deactivating", "inactive", "failed"];
const MS_PER_SECOND = 1000;

const options = {
  unitInclude: { default: ".+", describe: "Units to keep; they must match this and not unitExclude.", isPattern: true },
  unitExclude: {
    default: ".+\\.(automount|device|mount|scope|slice|target)",
    describe: "Units to leave out.",
    isPattern: true,
  },
  enableTaskMetrics: { default: false, describe: "Emit the numbers of tasks of services." },
  enableRestartsMetrics: { default: false, describe: "Emit how often services were restarted." },
  enableStartTimeMetrics: { default: false, describe: "Emit when units became active." },
  everySeconds: { default: 15, describe: "Seconds between two runs of systemctl." },
} as const;
type SystemdOptions = OptionsOf<typeof options>;

export const systemd = systemdWith(readSystemd);

export function systemdWith(read: () => Promise<SystemdState>): CollectorFactory<SystemdOptions> {
  return {
    name: "systemd",
    defaultEnabled: false,
    options,

    create(host: Host, registry, chosen) {
      if (!host.exists(host.rootPath("run/systemd/system"))) return undefined;
      const includes = compilePattern(`^(?:${chosen.unitInclude})$`);
      const excludes = compilePattern(`^(?:${chosen.unitExclude})$`);
      const holdManager = managerWriter(registry);
      const holdUnit = unitWriter(registry, chosen);
      const summary = registry.family("node_systemd_units", "Summary of systemd unit states", "gauge", ["state"]);

      return aside(chosen.everySeconds * MS_PER_SECOND, async (hold) => {
        const { manager, units } = await read();
        holdManager(manager, hold);
        for (const state of STATES) {
          hold(summary, units.filter((unit) => unit.get("ActiveState") === state).length, state);
        }
        for (const unit of units) {
          const name = unit.get("Id") ?? "";
          if (unit.get("LoadState") === "loaded" && includes(name) && !excludes(name)) holdUnit(name, unit, hold);
        }
      });
    },
  };
}

function managerWriter(registry: CollectorRegistry) {
  const gauge = (name: string, help: string, ...labels: string[]) =>
    registry.family(`node_systemd_${name}`, help, "gauge", labels);
  const running = gauge("system_running", "Whether the system is operational (see 'systemctl is-system-running')");
  const version = gauge("version", "Detected systemd version", "version");
  const virtualization = gauge("virtualization_info", "Detected virtualization technology", "virtualization_type");
  return (manager: UnitProperties, hold: Hold): void => {
    hold(running, manager.get("SystemState") === "running" ? 1 : 0);
    const text = manager.get("Version") ?? "";
    hold(version, Number(/\d+(?:\.\d+)?/.exec(text)?.[0] ?? 0), text);
    hold(virtualization, 1, manager.get("Virtualization") || "none");
  };
}

function unitWriter(registry: CollectorRegistry, chosen: SystemdOptions) {
  const family = (type: "gauge" | "counter", name: string, help: string, ...labels: string[]) =>
    registry.family(`node_systemd_${name}`, help, type, ["name", ...labels]);
  const state = family("gauge", "unit_state", "Systemd unit", "state", "type");
  const started = family("gauge", "unit_start_time_seconds", "Start time of the unit since unix epoch in seconds.");
  const tasks = family("gauge", "unit_tasks_current", "Current number of tasks per Systemd unit");
  const tasksMax = family("gauge", "unit_tasks_max", "Maximum number of tasks per Systemd unit");
  const restarts = family("counter", "service_restart_total", "Service unit count of Restart triggers");
  const triggered = family("gauge", "timer_last_trigger_seconds", "Seconds since epoch of last trigger.");
  const accepted = family(
    "counter",
    "socket_accepted_connections_total",
    "Total number of accepted socket connections",
  );
  const current = family("gauge", "socket_current_connections", "Current number of socket connections");
  const refused = family("gauge", "socket_refused_connections_total", "Total number of refused socket connections");

  return (name: string, unit: UnitProperties, hold: Hold): void => {
    const active = unit.get("ActiveState");
    const isService = name.endsWith(".service");
    for (const each of STATES) {
      hold(state, each === active ? 1 : 0, name, each, isService ? (unit.get("Type") ?? "") : "");
    }
    const holdCount = (to: typeof state, property: string) => {
      const value = count(unit.get(property));
      if (value !== undefined) hold(to, value, name);
    };
    if (chosen.enableStartTimeMetrics) {
      hold(started, active === "active" ? (timestampSeconds(unit.get("ActiveEnterTimestamp")) ?? 0) : 0, name);
    }
    if (chosen.enableTaskMetrics && isService) {
      holdCount(tasks, "TasksCurrent");
      holdCount(tasksMax, "TasksMax");
    }
    if (chosen.enableRestartsMetrics && isService) holdCount(restarts, "NRestarts");
    if (name.endsWith(".timer")) hold(triggered, timestampSeconds(unit.get("LastTriggerUSec")) ?? 0, name);
    if (!name.endsWith(".socket")) return;
    holdCount(accepted, "NAccepted");
    holdCount(current, "NConnections");
    holdCount(refused, "NRefused");
  };
}
