import type { FloatHistogram } from "@dmon/model";
import { describe, expect, it } from "vitest";
import { ProtoWriter } from "../bytes/proto-writer.ts";
import { createScrapeBodyParser, type ScrapeBodyParser } from "./body-parser.ts";
import { ParsedScrape } from "./parsed-scrape.ts";

type Format = "text" | "openmetrics" | "protobuf";

const parserFor = (format: Format, classicHistograms = false) =>
  createScrapeBodyParser(format, { nativeHistograms: true, classicHistograms, convertClassicHistograms: true });

/** A histogram as `count/sum: bound=count …`, a float as it is. */
function shown(histogram: FloatHistogram | undefined, value: number): string | number {
  if (histogram === undefined) return value;
  const { count, sum, schema, positiveBuckets, customValues } = histogram;
  if (schema !== -53) return `schema ${schema}`;
  const buckets = positiveBuckets.map((own, i) => `${customValues[i] ?? "+Inf"}=${own}`);
  return `${count}/${sum}: ${buckets.join(" ")}`;
}

function read(parser: ScrapeBodyParser, body: string | Uint8Array, names = new Map<number, string>()) {
  const out = new ParsedScrape();
  let error = "";
  try {
    parser.parse(typeof body === "string" ? Buffer.from(body) : body, out);
  } catch (thrown) {
    error = (thrown as Error).message;
  }
  for (const { entry, labels } of out.fresh) names.set(entry, labels.toString());
  const samples = Array.from({ length: out.length }, (_, i) => [
    names.get(out.entries[i]!)!,
    shown(out.histograms.get(i), out.values[i]!),
  ]);
  return { out, error, samples: Object.fromEntries(samples) as Record<string, string | number> };
}

const H = "# TYPE h histogram\n";
const TEXTS: readonly [title: string, body: string, wanted: Record<string, string | number>][] = [
  [
    "one becomes the sample of its base name",
    `a 1\n${H}h_bucket{le="1"} 1\nh_bucket{le="2"} 3\nh_bucket{le="+Inf"} 4\nh_sum 5\nh_count 4\n`,
    { a: 1, h: "4/5: 1=1 2=2 +Inf=1" },
  ],
  [
    "labels group, in any order",
    `${H}h_count{a="x"} 4\nh_bucket{le="2",a="x"} 3\nh_bucket{a="y",le="1"} 2\nh_bucket{a="x",le="1"} 1\nh_count{a="y"} 2\nh_sum{a="x"} 5\n`,
    { 'h{a="x"}': "4/5: 1=1 2=2 +Inf=1", 'h{a="y"}': "2/0: 1=2 +Inf=0" },
  ],
  [
    "comments and blank lines do not part what belongs together",
    `${H}h_bucket{le="1"} 1\n# so\n\nh_bucket{le="+Inf"} 4\n# HELP h Some.\nh_sum 5\nh_count 4\n`,
    { h: "4/5: 1=1 +Inf=3" },
  ],
  [
    "without a count the last bucket's counts",
    `${H}h_bucket{le="1"} 1\nh_bucket{le="2"} 3\n`,
    { h: "3/0: 1=1 2=2 +Inf=0" },
  ],
  ["a count alone has one bucket", `${H}h_count 5\n`, { h: "5/0: +Inf=5" }],
  ["a sum alone is none", `${H}h_sum 5\nz 1\n`, { z: 1 }],
  [
    "counts may have fractions",
    `${H}h_bucket{le="1"} 1.5\nh_bucket{le="+Inf"} 4.5\nh_sum 5\n`,
    { h: "4.5/5: 1=1.5 +Inf=3" },
  ],
  [
    "of a bound that stands twice the first counts",
    `${H}h_bucket{le="1"} 1\nh_bucket{le="1.0"} 2\nh_count 4\n`,
    { h: "4/0: 1=1 +Inf=3" },
  ],
  ["the sum may be no number", `${H}h_bucket{le="-1"} 1\nh_count 4\nh_sum NaN\n`, { h: "4/NaN: -1=1 +Inf=3" }],
  ["falling counts are no histogram", `${H}h_bucket{le="1"} 4\nh_bucket{le="2"} 3\nh_count 4\nz 1\n`, { z: 1 }],
  ["nor are negative ones", `${H}h_bucket{le="1"} -1\nh_count 4\n`, {}],
  ["nor such as are no number", `${H}h_bucket{le="1"} NaN\nh_count NaN\n`, {}],
  [
    "infinite ones are, as in Prometheus",
    `${H}h_bucket{le="1"} +Inf\nh_count +Inf\n`,
    { h: "Infinity/0: 1=Infinity +Inf=NaN" },
  ],
  ["nor a count that is not the last bucket's", `${H}h_bucket{le="+Inf"} 4\nh_count 7\n`, {}],
  [
    "nor a bound of minus infinity, and the next family is one again",
    `${H}h_bucket{le="-Inf"} 0\nh_count 4\n# TYPE k histogram\nk_bucket{le="1"} 1\nk_count 1\n`,
    { k: "1/0: 1=1 +Inf=0" },
  ],
  [
    "what is typed otherwise stays",
    'h_bucket{le="1"} 1\nh_count 4\n# TYPE s summary\ns_sum 1\ns_count 1\n',
    { 'h_bucket{le="1"}': 1, h_count: 4, s_sum: 1, s_count: 1 },
  ],
  [
    "names that are not the family's stay",
    `${H}g_count 4\nh_x_count 3\nh_foo 1\nh_created 9\nh_count 2\n`,
    { g_count: 4, h_x_count: 3, h_foo: 1, h_created: 9, h: "2/0: +Inf=2" },
  ],
  [
    "bounds that cannot be read stay",
    `${H}h_bucket{le="x"} 1\nh_bucket{le="NaN"} 2\nh_bucket 7\nh_count 4\n`,
    { 'h_bucket{le="x"}': 1, 'h_bucket{le="NaN"}': 2, h_bucket: 7, h: "4/0: +Inf=4" },
  ],
  [
    "quoted names",
    '# TYPE "h.x" histogram\n{"h.x_bucket",le="1"} 1\n{"h.x_count"} 4\n',
    { '{"h.x"}': "4/0: 1=1 +Inf=3" },
  ],
];

function histogramOf(write: (histogram: ProtoWriter) => unknown): Uint8Array {
  const family = new ProtoWriter()
    .string(1, "h")
    .varint(3, 4)
    .message(4, (metric) => metric.message(7, (histogram) => void write(histogram)))
    .finish();
  return Buffer.concat([new ProtoWriter().raw(family.length).finish(), family]);
}

const CLASSIC = (histogram: ProtoWriter) =>
  histogram
    .varint(1, 6)
    .double(2, 9.5)
    .message(3, (bucket) =>
      bucket
        .varint(1, 2)
        .double(2, 1)
        .message(3, (exemplar) => exemplar.double(2, 0.5)),
    )
    .message(3, (bucket) => bucket.varint(1, 5).double(2, 2.5))
    .message(15, (start) => start.varint(1, 1_600_000_000));

describe("classic histograms made native", () => {
  it.each(TEXTS)("%s", (_, body, wanted) => {
    const parser = parserFor("text");
    const names = new Map<number, string>();
    expect(read(parser, body, names)).toMatchObject({ samples: wanted, error: "" });
    // Known lines take another way through the parser, and nothing of the scrape before is left.
    const again = read(parser, body, names);
    expect(again.samples).toEqual(wanted);
    expect(again.out.fresh).toEqual([]);
    const plain = createScrapeBodyParser("text", { nativeHistograms: false, classicHistograms: false });
    expect(read(parserFor("text", true), body).samples).toEqual({ ...read(plain, body).samples, ...wanted });
  });

  it("follow the values from scrape to scrape, and come and go with them", () => {
    const parser = parserFor("text");
    const names = new Map<number, string>();
    const body = (first: number, count: number) =>
      `${H}h_bucket{le="1"} ${first}\nh_bucket{le="+Inf"} ${count}\nh_count ${count}\n`;
    expect(read(parser, body(1, 4), names).samples).toEqual({ h: "4/0: 1=1 +Inf=3" });
    expect(read(parser, body(5, 4), names).samples).toEqual({});
    expect(read(parser, body(5, 9), names).samples).toEqual({ h: "9/0: 1=5 +Inf=4" });
    expect(read(parser, "a 1\n", names).samples).toEqual({ a: 1 });
  });

  it("keep their own time, and of two instants the first", () => {
    const body = `${H}h_bucket{le="1"} 1 1000\nh_count 4 1000\nh_bucket{le="1"} 2 2000\nh_count 5 2000\n`;
    const { out, samples } = read(parserFor("text"), body);
    expect(samples).toEqual({ h: "4/0: 1=1 +Inf=3" });
    expect(out.timesMs[0]).toBe(1000);
  });

  it("keep exemplars, which stay with kept classic series too", () => {
    const body =
      '# TYPE h histogram\nh_bucket{le="1.0"} 1 # {t="a"} 0.5\nh_bucket{le="+Inf"} 4 # {t="b"} 3\nh_count 4\nh_sum 5\n# EOF\n';
    const of = ({ out }: ReturnType<typeof read>) =>
      out.exemplars.map(({ sample, exemplar }) => [out.histograms.has(sample), exemplar.labels.get("t")]);
    expect(of(read(parserFor("openmetrics"), body))).toEqual([
      [true, "a"],
      [true, "b"],
    ]);
    expect(of(read(parserFor("openmetrics", true), body))).toEqual([
      [false, "a"],
      [false, "b"],
      [true, "a"],
      [true, "b"],
    ]);
  });

  it("leave gauge histograms alone", () => {
    const body = '# TYPE h gaugehistogram\nh_bucket{le="1.0"} 1\nh_bucket{le="+Inf"} 4\nh_gsum 5\nh_gcount 4\n# EOF\n';
    expect(Object.keys(read(parserFor("openmetrics"), body).samples)).toEqual([
      'h_bucket{le="1.0"}',
      'h_bucket{le="+Inf"}',
      "h_gsum",
      "h_gcount",
    ]);
  });

  it("read protobuf, with start times and exemplars", () => {
    const { out, samples } = read(parserFor("protobuf"), histogramOf(CLASSIC));
    expect(samples).toEqual({ h: "6/9.5: 1=2 2.5=3 +Inf=1" });
    expect(out.startsMs.get(0)).toBe(1_600_000_000_000);
    expect(out.exemplars).toMatchObject([{ sample: 0, exemplar: { value: 0.5 } }]);
    expect(out.replaced).toBe(5);
  });

  it("give way to a native one, in those scrapes that have it", () => {
    const native = histogramOf((histogram) =>
      CLASSIC(histogram)
        .sint(5, 3)
        .double(6, 0.001)
        .varint(7, 1)
        .message(12, (span) => span.sint(1, -1).varint(2, 2))
        .packedSint(13, [2, 1]),
    );
    expect(read(parserFor("protobuf"), native).samples).toEqual({ h: "schema 3" });
    const keeping = parserFor("protobuf", true);
    const names = new Map<number, string>();
    expect(read(keeping, native, names).samples).toMatchObject({ h: "schema 3", h_count: 6 });
    expect(read(keeping, histogramOf(CLASSIC), names).samples).toMatchObject({
      h: "6/9.5: 1=2 2.5=3 +Inf=1",
      h_count: 6,
    });
    expect(read(keeping, native, names).samples).toMatchObject({ h: "schema 3" });
  });

  it("name what became known of a body that breaks off", () => {
    const parser = parserFor("text");
    const names = new Map<number, string>();
    expect(read(parser, `a 1\n${H}h_count 4\nb x\n`, names).error).not.toBe("");
    expect(read(parser, `a 1\n${H}h_count 4\n`, names).samples).toEqual({ a: 1, h: "4/0: +Inf=4" });
  });
});
