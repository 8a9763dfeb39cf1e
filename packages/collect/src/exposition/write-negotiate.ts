/**
 * Which exposition format a reader gets: reads the `Accept` header as Prometheus' own client library does.
 *
 * Sources: RFC 9110 section 12.5.1; prometheus/common `expfmt.NegotiateIncludingOpenMetrics`.
 */

/** What is done to a name that is no legacy name. */
export type EscapingScheme = "allow-utf-8" | "underscores" | "dots" | "values";

export interface ExpositionFormat {
  /** `text` is Prometheus' own, 0.0.4; `openmetrics` is OpenMetrics 1.0. */
  readonly format: "text" | "openmetrics";
  readonly escaping: EscapingScheme;
  /** The `Content-Type` of the answer. */
  readonly contentType: string;
}

/** What a reader gets that asks for nothing in particular, a browser for one. */
export const TEXT_FORMAT: ExpositionFormat = textFormat("0.0.4", "underscores");
export const OPENMETRICS_FORMAT: ExpositionFormat = openMetricsFormat("underscores");

const ESCAPINGS: ReadonlySet<string> = new Set<EscapingScheme>(["allow-utf-8", "underscores", "dots", "values"]);

/**
 * The best format we have for `accept`; {@link TEXT_FORMAT} where it names none of ours, because a reader that sends
 * `text/html` is better served with text than with a refusal.
 */
export function negotiateExposition(accept: string | undefined): ExpositionFormat {
  const clauses = parseAccept(accept ?? "");
  for (const { type, parameters } of clauses) {
    const escaping = escapingOf(parameters);
    const version = parameters.get("version") ?? "";
    if (type === "application/openmetrics-text" && ["", "0.0.1", "1.0.0"].includes(version)) {
      return openMetricsFormat(escaping);
    }
    if (type === "text/plain" && ["", "0.0.4"].includes(version)) return textFormat("0.0.4", escaping);
    if (type === "text/plain" && version === "1.0.0") return textFormat("1.0.0", escaping);
  }
  return TEXT_FORMAT;
}

/** What `/federate` can answer in. */
export interface FederationFormat {
  readonly format: "text" | "protobuf";
  readonly escaping: EscapingScheme;
  /** The `Content-Type` of the answer. */
  readonly contentType: string;
}

/** As {@link negotiateExposition}, for single samples: delimited protobuf where it is asked for, else text 0.0.4. */
export function negotiateFederation(accept: string | undefined): FederationFormat {
  for (const { type, parameters } of parseAccept(accept ?? "")) {
    const escaping = escapingOf(parameters);
    if (type === "application/vnd.google.protobuf" && parameters.get("proto") === FAMILY) {
      if (parameters.get("encoding") !== "delimited") continue;
      const contentType = `${type}; proto=${FAMILY}; encoding=delimited; escaping=${escaping}`;
      return { format: "protobuf", escaping, contentType };
    }
    const version = parameters.get("version") ?? "";
    if (type === "text/plain" && ["", "0.0.4", "1.0.0"].includes(version)) return federationText(escaping);
  }
  return federationText("underscores");
}

const FAMILY = "io.prometheus.client.MetricFamily";

function federationText(escaping: EscapingScheme): FederationFormat {
  return { ...textFormat("0.0.4", escaping), format: "text" };
}

function escapingOf(parameters: ReadonlyMap<string, string>): EscapingScheme {
  const asked = parameters.get("escaping") ?? "";
  return ESCAPINGS.has(asked) ? (asked as EscapingScheme) : "underscores";
}

function textFormat(version: string, escaping: EscapingScheme): ExpositionFormat {
  const contentType = `text/plain; version=${version}; charset=utf-8; escaping=${escaping}`;
  return { format: "text", escaping, contentType };
}

function openMetricsFormat(escaping: EscapingScheme): ExpositionFormat {
  const contentType = `application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=${escaping}`;
  return { format: "openmetrics", escaping, contentType };
}

interface AcceptClause {
  readonly type: string;
  readonly quality: number;
  readonly parameters: ReadonlyMap<string, string>;
}

/** The clauses of an `Accept` header, best first, in their order where equal; those with `q=0` are left out. */
function parseAccept(accept: string): AcceptClause[] {
  return accept
    .split(",")
    .map((clause): AcceptClause => {
      const [type = "", ...rest] = clause.split(";").map((part) => part.trim());
      const parameters = new Map(rest.map(parseParameter));
      const quality = Number(parameters.get("q") ?? "1");
      return { type: type.toLowerCase(), quality: Number.isNaN(quality) ? 0 : quality, parameters };
    })
    .filter(({ type, quality }) => type !== "" && quality > 0)
    .sort((a, b) => b.quality - a.quality);
}

function parseParameter(text: string): [name: string, value: string] {
  const equals = text.indexOf("=");
  if (equals < 0) return [text.toLowerCase(), ""];
  const value = text.slice(equals + 1).trim();
  return [text.slice(0, equals).trim().toLowerCase(), value.replace(/^"(.*)"$/, "$1")];
}
