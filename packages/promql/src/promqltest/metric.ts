/** The metric at the beginning of a series line: `name{label="value", …}`, with quoted names of any UTF-8. */
import { Labels, METRIC_NAME } from "@dmon/model";
import { type Cursor, scriptError } from "./cursor.ts";
import { takeQuoted } from "./quoted.ts";

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;

/**
 * The labels at the cursor, which moves behind them; none where neither a name nor braces stand here.
 *
 * @throws {DmonError} `bad_script`
 */
export function takeMetric(cursor: Cursor): Labels {
  const labels: [string, string][] = [];
  const name = cursor.match(NAME);
  if (name !== undefined) labels.push([METRIC_NAME, name]);
  // A histogram begins with two braces.
  if (!cursor.startsWith("{{") && cursor.take("{")) takeLabels(cursor, labels);
  return Labels.from(labels);
}

function takeLabels(cursor: Cursor, labels: [string, string][]): void {
  for (;;) {
    cursor.skipSpaces();
    if (cursor.take("}")) return;
    const label = takeQuoted(cursor) ?? cursor.match(NAME);
    if (label === undefined) throw scriptError(`expected a label name before ${cursor.describeRest()}`);
    cursor.skipSpaces();
    if (cursor.take("=")) {
      cursor.skipSpaces();
      const value = takeQuoted(cursor);
      if (value === undefined) throw scriptError(`expected a quoted label value before ${cursor.describeRest()}`);
      labels.push([label, value]);
    } else labels.push([METRIC_NAME, label]);
    cursor.skipSpaces();
    if (!cursor.take(",") && !cursor.startsWith("}")) {
      throw scriptError(`expected "," or "}" before ${cursor.describeRest()}`);
    }
  }
}
