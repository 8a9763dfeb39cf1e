/** The charts of one program: CPU by mode, memory, disk traffic, counts. */
import { useMemo } from "react";
import { gaugeOf, matcher, rateOf } from "../../charts/measure.ts";
import { Panel } from "../../charts/panel.tsx";
import type { PanelSpec } from "../../charts/panel-spec.ts";
import classes from "../host-lists/host-lists.module.css";

export interface ProgramChartsProps {
  readonly group: string;
  /** Processes of the program, where that is worth saying: the charts are of all of them together. */
  readonly count?: number;
}

export function ProgramCharts({ group, count = 1 }: ProgramChartsProps) {
  const name = count > 1 ? `${group} (all ${count} processes)` : group;
  const specs = useMemo(() => specsOf(group, name), [group, name]);
  return (
    <div className={classes.charts}>
      {specs.map((spec) => (
        <Panel key={spec.id} spec={spec} height={120} />
      ))}
    </div>
  );
}

function specsOf(group: string, name: string): PanelSpec[] {
  const where = [matcher("groupname", "=", group)];
  return [
    {
      id: `program-cpu-${group}`,
      title: `${name}: CPU`,
      unit: "percentunit",
      stacked: true,
      queries: [
        {
          measure: rateOf("namedprocess_namegroup_cpu_seconds_total", { where, by: ["mode"] }),
          label: (labels) => labels.mode ?? "",
          color: (labels) => (labels.mode === "system" ? "orange" : "blue"),
        },
      ],
    },
    {
      id: `program-memory-${group}`,
      title: `${name}: memory`,
      unit: "bytes",
      queries: [
        {
          measure: gaugeOf("namedprocess_namegroup_memory_bytes", { where: [...where, 'memtype="resident"'] }),
          label: "resident",
          color: "teal",
          fill: true,
        },
      ],
    },
    {
      id: `program-io-${group}`,
      title: `${name}: disk traffic`,
      unit: "binBps",
      reach: 1024,
      queries: [
        { measure: rateOf("namedprocess_namegroup_read_bytes_total", { where }), label: "read", color: "blue" },
        {
          measure: rateOf("namedprocess_namegroup_write_bytes_total", { where }),
          label: "written",
          color: "orange",
          downwards: true,
        },
      ],
    },
  ];
}
