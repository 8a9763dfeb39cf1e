/**
 * Metrics that other programs leave in files: reads `*.prom` of the given directories, in text format.
 *
 * A file that cannot be read or parsed, or that gives its samples own timestamps, is left out as a whole and reported. A file
 * is parsed again where its time or size changed.
 */
import { globSync, readFileSync, statSync } from "node:fs";
import type { Labels, MetricType } from "@dmon/model";
import { METRIC_NAME } from "@dmon/model";
import type { CollectorFactory, CollectorRegistry, OptionsOf } from "../collector.ts";
import { ParsedScrape } from "../exposition/parsed-scrape.ts";
import { ScrapeParser } from "../exposition/scrape-parser.ts";
import { type Hold, slowly } from "../slowly.ts";

const EVERY_MS = 5000;
const MS_PER_SECOND = 1000;
/** Suffixes of the series of histograms and summaries. */
const DISTRIBUTION = /^(.+)_(bucket|sum|count)$/;

const options = {
  directory: {
    default: "",
    describe: "Directories whose files `*.prom` are read, separated by commas; `*` and `?` match as in a shell.",
  },
} as const;

interface TextSample {
  readonly labels: Labels;
  readonly value: number;
}

interface TextFile {
  readonly mtimeMs: number;
  readonly sizeBytes: number;
  /** Undefined where the file could not be used. */
  readonly samples: readonly TextSample[] | undefined;
  readonly metadata: ReadonlyMap<string, { type: MetricType; help: string }>;
}

export const textfile: CollectorFactory<OptionsOf<typeof options>> = {
  name: "textfile",
  defaultEnabled: true,
  options,

  create(_host, registry, { directory }) {
    const error = registry.family(
      "node_textfile_scrape_error",
      "1 if there was an error opening or reading a file, 0 otherwise",
      "gauge",
      [],
    );
    const mtime = registry.family(
      "node_textfile_mtime_seconds",
      "Unixtime mtime of textfiles successfully read.",
      "gauge",
      ["file"],
    );
    const patterns = directory.split(",").filter((pattern) => pattern !== "");
    let files = new Map<string, TextFile>();

    return slowly(EVERY_MS, (hold) => {
      let failed = false;
      const now = new Map<string, TextFile>();
      for (const pattern of patterns) {
        const directories = globSync(pattern);
        if (directories.length === 0) failed = true;
        for (const path of directories.flatMap((dir) => globSync(`${dir}/*.prom`)).sort()) {
          const file = readTextFile(path, files.get(path));
          now.set(path, file);
          if (file.samples === undefined) failed = true;
          else {
            hold(mtime, file.mtimeMs / MS_PER_SECOND, path);
            for (const sample of file.samples) holdSample(registry, file, sample, hold);
          }
        }
      }
      files = now;
      hold(error, failed ? 1 : 0);
    }).collect;
  },
};

function readTextFile(path: string, before: TextFile | undefined): TextFile {
  try {
    const { mtimeMs, size } = statSync(path);
    if (before !== undefined && before.mtimeMs === mtimeMs && before.sizeBytes === size) return before;
    return { mtimeMs, sizeBytes: size, ...parse(readFileSync(path)) };
  } catch {
    return { mtimeMs: 0, sizeBytes: 0, samples: undefined, metadata: new Map() };
  }
}

function parse(body: Uint8Array): Pick<TextFile, "samples" | "metadata"> {
  const scrape = new ParsedScrape();
  new ScrapeParser("text").parse(body, scrape);
  const metadata = new Map<string, { type: MetricType; help: string }>();
  for (const { metric, type, help } of scrape.metadata) {
    const known = metadata.get(metric) ?? { type: "unknown", help: "" };
    metadata.set(metric, { type: type ?? known.type, help: help ?? known.help });
  }
  if (scrape.hasTimes) return { samples: undefined, metadata };
  const labels = new Map(scrape.fresh.map((series) => [series.entry, series.labels]));
  const samples: TextSample[] = [];
  for (let i = 0; i < scrape.length; i++) {
    samples.push({ labels: labels.get(scrape.entries[i]!)!, value: scrape.values[i]! });
  }
  return { samples, metadata };
}

function holdSample(registry: CollectorRegistry, file: TextFile, { labels, value }: TextSample, hold: Hold): void {
  const base = DISTRIBUTION.exec(labels.name)?.[1];
  const baseType = base === undefined ? undefined : file.metadata.get(base)?.type;
  const metric = baseType === "histogram" || baseType === "summary" ? base! : labels.name;
  const { type, help } = file.metadata.get(metric) ?? { type: "unknown", help: "" };
  const pairs = [...labels].filter(([name]) => name !== METRIC_NAME);
  const names = pairs.map(([name]) => name);
  hold(registry.family(labels.name, help, type, names, metric), value, ...pairs.map(([, text]) => text));
}
