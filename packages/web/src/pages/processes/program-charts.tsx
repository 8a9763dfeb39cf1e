/** The charts of one program: CPU by mode, memory, disk traffic, counts. */
import { gaugeOf, matcher, rateOf } from "../../charts/measure.ts";
import { Panel } from "../../charts/panel.tsx";
import type { PanelSpec } from "../../charts/panel-spec.ts";
import classes from "./processes.module.css";

export function ProgramCharts({ group }: { readonly group: string }) {
  return (
    <div className={classes.charts}>
      {specsOf(group).map((spec) => (
        <Panel key={spec.id} spec={spec} height={120} />
      ))}
    </div>
  );
}

function specsOf(group: string): PanelSpec[] {
  const where = [matcher("groupname", "=", group)];
  return [
    {
      id: `program-cpu-${group}`,
      title: `${group}: CPU`,
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
      title: `${group}: memory`,
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
      title: `${group}: disk traffic`,
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
