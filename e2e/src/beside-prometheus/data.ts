/** Series that both servers get by remote write: every kind of sample, odd names and odd numbers, gaps and ends. */
import type { ProtoWriter, WrittenSeries } from "../../../packages/collect/src/testing/write-requests.ts";

const STEP_MS = 15_000;
const COUNT = 160;

/** @param startMs time of the first samples; one each {@link STEP_MS} for 40 minutes */
export function writtenSeries(startMs: number): WrittenSeries[] {
  const at = (i: number): number => startMs + i * STEP_MS;
  const all = Array.from({ length: COUNT }, (_, i) => i);
  const floats = (
    labels: Record<string, string>,
    value: (i: number) => number | "stale" | undefined,
  ): WrittenSeries => ({
    labels: Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)),
    samples: all.flatMap((i) => {
      const v = value(i);
      return v === undefined ? [] : [[v, at(i)] as const];
    }),
  });
  const histograms = (name: string, write: (writer: ProtoWriter, i: number) => ProtoWriter): WrittenSeries => ({
    labels: [
      ["__name__", name],
      ["job", "web"],
    ],
    histograms: all.map((i) => (writer: ProtoWriter) => void write(writer, i).varint(15, at(i))),
  });
  const odd = {
    nan: Number.NaN,
    inf: Number.POSITIVE_INFINITY,
    minus: -0,
    big: 1e21,
    whole: 123456789012345680000,
    small: 1e-7,
    least: 5e-324,
  };
  return [
    ...["a:1", "b:2", "c:3"].flatMap((instance) =>
      ["200", "404"].map((code) => ({
        // Falls back to nothing once: a counter's reset.
        ...floats({ __name__: "http_requests_total", job: "web", instance, code }, (i) => (i % 90) * 13.5),
        exemplars: [0, 40].map((i) => ({ labels: [["trace_id", `${i}${instance}`]] as const, value: i, atMs: at(i) })),
      })),
    ),
    floats({ __name__: "temp", room: 'x"y\\z\n' }, (i) => Math.sin(i / 7) * 20),
    floats({ __name__: "temp", room: "é漢😀" }, (i) => Math.cos(i / 7) * 1e-9),
    floats({ __name__: "my.metric", "a.b": "c", _x: "1" }, (i) => i),
    ...Object.entries(odd).map(([k, value]) => floats({ __name__: "odd", k }, () => value)),
    floats({ __name__: "gone" }, (i) => (i < 50 ? i : i === 50 ? "stale" : undefined)),
    floats({ __name__: "gappy" }, (i) => (i % 40 < 10 ? i : undefined)),
    ...[0.1, 0.5, Number.POSITIVE_INFINITY].map((le, n) =>
      floats(
        { __name__: "took_bucket", le: le === Number.POSITIVE_INFINITY ? "+Inf" : String(le) },
        (i) => i * (n + 1),
      ),
    ),
    histograms("native", (writer, i) =>
      writer
        .varint(1, 11 + i * 4)
        .double(3, i * 3.5)
        .sint(4, 1)
        .double(5, 0.001)
        .varint(6, 2 + i)
        .message(8, (span) => span.sint(1, 0).varint(2, 1))
        .packedSint(9, [4])
        .message(11, (span) => span.sint(1, -1).varint(2, 2))
        .message(11, (span) => span.sint(1, 2).varint(2, 1))
        .packedSint(12, [1 + i, 1, 0]),
    ),
    histograms("custom", (writer, i) =>
      writer
        .double(2, 3.5 + i)
        .double(3, 2.5 + i)
        .sint(4, -53)
        .message(11, (span) => span.sint(1, 0).varint(2, 3))
        .packedDouble(13, [1.5, 1 + i, 1])
        .packedDouble(16, [0.5, 1]),
    ),
    ...Array.from({ length: 20 }, (_, k) =>
      floats({ __name__: "many", id: `k${k}`, ...(k % 2 === 1 ? { odd: "y" } : {}) }, (i) => i * k),
    ),
  ];
}
