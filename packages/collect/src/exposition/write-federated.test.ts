import type { FloatHistogram } from "@dmon/model";
import { describe, expect, it } from "vitest";
import { createScrapeBodyParser } from "./body-parser.ts";
import { ParsedScrape } from "./parsed-scrape.ts";
import { type FederatedSample, writeFederated } from "./write-federated.ts";
import { negotiateFederation } from "./write-negotiate.ts";

const FAMILY = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

const histogram = (counterResetHint: "gauge" | "unknown"): FloatHistogram => ({
  schema: 1,
  counterResetHint,
  zeroThreshold: 0.001,
  zeroCount: 2,
  count: 21,
  sum: 35,
  positiveSpans: [
    { offset: -1, length: 2 },
    { offset: 2, length: 1 },
  ],
  negativeSpans: [{ offset: 0, length: 1 }],
  positiveBuckets: [5, 6, 4],
  negativeBuckets: [4],
  customValues: [],
});

function sample(name: string, labels: readonly string[], value: number | FloatHistogram): FederatedSample {
  const isFloat = typeof value === "number";
  return { name, labels, atMs: 7000, value: isFloat ? value : 0, histogram: isFloat ? undefined : value };
}

const SAMPLES = [
  sample("a.b", ["c.d", 'x"\\\n', "instance", ""], 1.5),
  sample("m_x", ["job", "f"], 2),
  sample("m_x", ["job", "g"], histogram("gauge")),
  sample("m_x", ["job", "h"], Number.NEGATIVE_INFINITY),
];

describe("federated samples as text", () => {
  // Captured from Prometheus 3.5.3.
  it.each([
    ["", 'a_b{c_d="x\\"\\\\\\n",instance=""} 1.5 7000', "a_b"],
    ["text/plain;version=1.0.0;escaping=dots", 'a_dot_b{c_dot_d="x\\"\\\\\\n",instance=""} 1.5 7000', "a_dot_b"],
    ["text/plain;escaping=values", 'U__a_2e_b{U__c_2e_d="x\\"\\\\\\n",instance=""} 1.5 7000', "U__a_2e_b"],
    ["text/plain;escaping=allow-utf-8", '{"a.b","c.d"="x\\"\\\\\\n",instance=""} 1.5 7000', '"a.b"'],
    ["application/openmetrics-text;version=1.0.0", 'a_b{c_d="x\\"\\\\\\n",instance=""} 1.5 7000', "a_b"],
  ])("for %j leave histograms out", (accept, line, name) => {
    const format = negotiateFederation(accept);
    expect(format.contentType).toMatch(/^text\/plain; version=0\.0\.4; charset=utf-8; escaping=/);
    expect([...writeFederated(SAMPLES, format)].join("")).toBe(
      `# TYPE ${name} untyped\n${line}\n# TYPE m_x untyped\nm_x{job="f"} 2 7000\nm_x{job="h"} -Inf 7000\n`,
    );
  });
});

describe("federated samples as protobuf", () => {
  it("keep histograms, in a family for each kind of value", () => {
    const format = negotiateFederation(`${FAMILY};escaping=allow-utf-8;q=0.6,text/plain;q=0.5`);
    expect(format.contentType).toBe(
      "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=allow-utf-8",
    );
    const families = [...writeFederated(SAMPLES, format)] as Uint8Array[];
    // Name and type stand first: untyped, untyped, gauge histogram, untyped.
    expect(
      families.map((family) => [
        Buffer.from(family)
          .toString("latin1")
          .match(/a\.b|m_x/)?.[0],
        family[7],
      ]),
    ).toEqual([
      ["a.b", 3],
      ["m_x", 3],
      ["m_x", 5],
      ["m_x", 3],
    ]);
    const out = new ParsedScrape();
    createScrapeBodyParser("protobuf", { nativeHistograms: true, classicHistograms: false }).parse(
      Buffer.concat(families),
      out,
    );
    const texts = out.fresh.map(({ labels }) => labels.toString());
    expect(texts).toEqual(['{"a.b", "c.d"="x\\"\\\\\\n"}', 'm_x{job="f"}', 'm_x{job="g"}', 'm_x{job="h"}']);
    expect([...out.values.subarray(0, 2), out.values[3]]).toEqual([1.5, 2, Number.NEGATIVE_INFINITY]);
    expect([...out.timesMs.subarray(0, 4)]).toEqual([7000, 7000, 7000, 7000]);
    expect(out.histograms.get(2)).toMatchObject(histogram("gauge"));
  });
});
