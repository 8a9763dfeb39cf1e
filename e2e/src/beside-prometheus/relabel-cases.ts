// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relabelling has templates of its own, and they look like this.
/** Random relabelling rules, the same for the same seed: every action, odd expressions, odd templates, labels that steer. */

import { prometheusConfigSchema } from "../../../packages/collect/src/scrape/config.ts";
import { sorted } from "./compare.ts";

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const ACTIONS = [
  ...["replace", "replace", "replace", "replace", "keep", "drop", "keepequal", "dropequal", "hashmod", "labelmap"],
  ...["labeldrop", "labelkeep", "lowercase", "uppercase"],
] as const;

const REGEXES: readonly string[] = [
  ...["(.*)", "(.+)", "", ".*", "(.*):(\\d+)", "([^:]+)(?::\\d+)?", "(?P<host>[^:]+):(?P<port>\\d+)", "(?i)PROD|dev"],
  ...[
    "prod|dev|",
    "(.*);(.*)",
    "__meta_(.+)",
    "(?:env|team).*",
    "\\pL+",
    "[[:alnum:]]+",
    "^prod$",
    "(a)|(w)|.*",
    "\\S+",
  ],
  ...[
    "(?s)(.+)",
    "web-(\\d{1,2}).*",
    "(é.*)|(.*)",
    "(?U)(.+)(.*)",
    "a{2,3}b?",
    "[^a-z]*",
    "(_*)([a-z]+).*",
    "__.*",
    "x*?(.)",
  ],
  ...[
    "(?m)^(.*)$",
    "\\x{e9}.*",
    "[\\w.-]+:\\d+",
    "(?:)",
    "\\Qa.b\\E|env",
    "(?i:É).*",
    "(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)(.).*",
  ],
];
const TEMPLATES: readonly string[] = [
  ...[
    "$1",
    "${1}",
    "$1x",
    "${1}x",
    "$host",
    "${host}:${port}",
    "$0",
    "$$1",
    "",
    "x$",
    "${",
    "${1",
    "$2$1",
    "lit",
    "$10",
  ],
  ...["${10}0", "${no}", "100%", "é$1", "$é", "a/b?c#d", "a b", "$1_$2", "${01}", "$-1", "$1.$2", "prod", "\\1"],
];
const SEPARATORS: readonly (string | undefined)[] = [undefined, undefined, "", "@", ";;", ":"];

/** A rule as it is written in prometheus.yml. */
type RelabelSpec = Readonly<Record<string, unknown>>;

interface RelabelWorld {
  /** Labels that the samples or targets have, and some that they have not. */
  readonly labels: readonly string[];
  /** Labels to write, apart from those. */
  readonly targets: readonly string[];
}

/** A rule that our own check takes. */
function randomRule(random: () => number, { labels, targets }: RelabelWorld): RelabelSpec {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  for (;;) {
    const action = pick(ACTIONS);
    const regex = random() < 0.85 ? pick(REGEXES) : undefined;
    const source_labels = Array.from({ length: 1 + Math.floor(random() * 2.4) }, () => pick(labels));
    const target_label = pick(random() < 0.5 ? labels : targets);
    const separator = pick(SEPARATORS);
    const replacement = random() < 0.8 ? pick(TEMPLATES) : undefined;
    const written: Record<string, RelabelSpec> = {
      replace: { source_labels, separator, regex, target_label, replacement },
      keep: { source_labels, separator, regex },
      drop: { source_labels, separator, regex: pick(["web-1.*", "(?i)PROD", "a.*", "", "10\\..*"]) },
      keepequal: { source_labels: source_labels.slice(0, 1), target_label },
      dropequal: { source_labels, target_label },
      hashmod: { source_labels, separator, target_label, modulus: pick([1, 2, 10, 1000003]) },
      // Where two labels become one, the order of Go's maps would decide.
      labelmap: {
        regex: pick(["__meta_(.+)", "(.*)", "__param_(.*)", "(?P<host>t)eam"]),
        replacement: pick(["$1", "${1}", "é$1", "x_$0", undefined]),
      },
      labeldrop: { regex: pick(["a.*", "env|team", "__meta_.*", "é", "", "[a-z]", ".*o.*"]) },
      labelkeep: {
        regex: pick(["__.*|job|env", ".*", "__.*|instance|[a-e].*", "__address__|__s.*|__metrics_path__|é"]),
      },
      lowercase: { source_labels, separator, target_label },
      uppercase: { source_labels, separator, target_label },
    };
    const spec = { action, ...written[action] };
    const rule = JSON.parse(JSON.stringify(spec)) as RelabelSpec;
    const jobs = [{ job_name: "a", relabel_configs: [rule] }];
    if (prometheusConfigSchema.safeParse({ scrape_configs: jobs }).success) return rule;
  }
}

function randomRules(random: () => number, world: RelabelWorld): RelabelSpec[] {
  return Array.from({ length: 1 + Math.floor(random() * 4) }, () => randomRule(random, world));
}

const TARGET_WORLD: RelabelWorld = {
  labels: [
    ...["__address__", "__address__", "job", "instance", "env", "team", "a.b", "é", "__meta_zone", "__tmp_a", "absent"],
    ...["__scheme__", "__metrics_path__", "__param_module", "__param_z", "__scrape_interval__", "__scrape_timeout__"],
  ],
  targets: ["new", "n.w", "${1}", "$1_x", "x_${1}", "__param_${1}", "__param_new", "__tmp_b", "${2}${1}", "日本"],
};

/** Groups of targets for `static_configs`. */
const GROUPS: readonly { readonly targets: readonly string[]; readonly labels?: Record<string, string> }[] = [
  { targets: ["a:9090", "web-1.example.org:443", "b"], labels: { env: "prod", team: "Ops", "a.b": "x;y", é: "été" } },
  {
    targets: ["web-12:80", "10.0.0.1:9100", "[::1]:9100"],
    labels: { env: "Dev", __meta_zone: "eu-1", __param_z: "1 2" },
  },
  { targets: ["Straße:1", "aab:1"], labels: { instance: "own", __metrics_path__: "probe/ü?x", team: "ΑΣ", empty: "" } },
];

const SAMPLE_WORLD: RelabelWorld = {
  labels: ["__name__", "__name__", "env", "team", "a.b", "é", "job", "instance", "absent", "le"],
  targets: ["new", "${1}", "$1_x", "x_${1}", "__tmp_b", "n.w", "exported_env"],
};

/**
 * Jobs with random rules: `relabel 0` and so on with targets that are never scraped while a test runs, a third as many
 * `metric relabel 0` and so on over {@link RELABELLED_PAGE}.
 *
 * @param address where the page is, at `/metrics`
 */
export function relabelJobs(seed: number, count: number, address: string): Record<string, unknown>[] {
  const random = randomOf(seed);
  return [
    ...Array.from({ length: count }, (_, i) => ({
      job_name: `relabel ${i}`,
      scrape_interval: "1000d",
      params: { module: ["m 1", "m2"], y: ["&"] },
      static_configs: GROUPS,
      relabel_configs: randomRules(random, TARGET_WORLD),
    })),
    ...Array.from({ length: Math.ceil(count / 3) }, (_, i) => ({
      job_name: `metric relabel ${i}`,
      honor_labels: i % 2 === 0,
      static_configs: [{ targets: [address], labels: { env: "target" } }],
      metric_relabel_configs: randomRules(random, SAMPLE_WORLD),
    })),
  ];
}

export interface ShownTargets {
  readonly activeTargets: readonly object[];
  readonly droppedTargets: readonly object[];
}

/** Every part of every target of the jobs `relabel …`: by job, discovered address and name of the part. */
export function relabelledParts({ activeTargets, droppedTargets }: ShownTargets): Map<string, string> {
  const found = new Map<string, string>();
  const put = (target: object, names: readonly string[]) => {
    const one = target as Readonly<Record<string, unknown>>;
    const { __address__: address } = one.discoveredLabels as Record<string, string>;
    if (!String(one.scrapePool).startsWith("relabel ")) return;
    for (const name of names) found.set(`${one.scrapePool}: ${address} ${name}`, JSON.stringify(sorted(one[name])));
  };
  for (const one of activeTargets)
    put(one, ["discoveredLabels", "labels", "scrapeUrl", "scrapeInterval", "scrapeTimeout"]);
  for (const one of droppedTargets) put({ ...one, dropped: true }, ["dropped", "discoveredLabels"]);
  return found;
}

/** A page with names, labels and values that rules can catch. */
export const RELABELLED_PAGE = `# TYPE a counter
a{env="prod",team="Ops"} 1
a{env="dev",team="ops","é"="été"} 2
# TYPE "web-1" gauge
{"web-1","a.b"="x;y",env="prod:9090"} 3
web_12{} 4
aab{env="",team="x"} 5
# TYPE h histogram
h_bucket{le="0.5",env="Dev"} 6
h_bucket{le="+Inf",env="Dev"} 7
h_sum{env="Dev"} 8
h_count{env="Dev"} 7
{"éa",instance="own",job="mine",exported_job="theirs"} 9
`;
