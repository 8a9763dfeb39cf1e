/** The charts of one container or service: CPU with throttling, memory, disk traffic. */
import { useMemo } from "react";
import { gaugeOf, matcher, rateOf } from "../../charts/measure.ts";
import { Panel } from "../../charts/panel.tsx";
import type { PanelSpec } from "../../charts/panel-spec.ts";
import classes from "../host-lists/host-lists.module.css";

export function ContainerCharts({ name }: { readonly name: string }) {
  const specs = useMemo(() => specsOf(name), [name]);
  return (
    <div className={classes.charts}>
      {specs.map((spec) => (
        <Panel key={spec.id} spec={spec} height={120} />
      ))}
    </div>
  );
}

function specsOf(name: string): PanelSpec[] {
  const where = [matcher("name", "=", name)];
  return [
    {
      id: `container-cpu-${name}`,
      title: `${name}: CPU`,
      unit: "percentunit",
      queries: [
        { measure: rateOf("container_cpu_usage_seconds_total", { where }), label: "used", color: "blue", fill: true },
        {
          measure: rateOf("container_cpu_cfs_throttled_seconds_total", { where }),
          label: "throttled",
          color: "vermilion",
        },
      ],
    },
    {
      id: `container-memory-${name}`,
      title: `${name}: memory`,
      unit: "bytes",
      queries: [
        {
          measure: gaugeOf("container_memory_working_set_bytes", { where }),
          label: "working set",
          color: "teal",
          fill: true,
        },
      ],
    },
    {
      id: `container-io-${name}`,
      title: `${name}: disk traffic`,
      unit: "binBps",
      reach: 1024,
      queries: [
        { measure: rateOf("container_fs_reads_bytes_total", { where }), label: "read", color: "blue" },
        {
          measure: rateOf("container_fs_writes_bytes_total", { where }),
          label: "written",
          color: "orange",
          downwards: true,
        },
      ],
    },
  ];
}
