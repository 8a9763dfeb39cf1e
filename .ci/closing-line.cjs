// closing-line.cjs VITEST_JSON…: prints `N passed, N failed, N skipped` from what Vitest's JSON reporter wrote in one run or several: a test
// counts once, as passed where it passed in any of them and failed in none. Files that could not even be loaded count as failed.
//
// With `--skipped FILE` first it prints which tests ran in none, and fails unless they are those that FILE lists, a line each.
const { readFileSync } = require("node:fs");

const options = process.argv.slice(2);
const allowedFile = options[0] === "--skipped" ? options.splice(0, 2)[1] : undefined;

/** By test: its outcome in each report that knows it. Tests of one name in one file are told apart by their order. */
const results = new Map();
for (const report of options.map((path) => JSON.parse(readFileSync(path, "utf8")))) {
  for (const { name, status, assertionResults } of report.testResults) {
    const file = name.replace(/^.*?\/(?=(packages|e2e|bench|scripts)\/)/, "");
    const isBroken = status === "failed" && assertionResults.every((test) => test.status !== "failed");
    if (isBroken) note(file, "failed");
    const seen = new Map();
    for (const { fullName, status: outcome } of assertionResults) {
      const times = (seen.get(fullName) ?? 0) + 1;
      seen.set(fullName, times);
      note(`${file} > ${fullName}${times === 1 ? "" : ` (${times})`}`, outcome);
    }
  }
}

function note(test, outcome) {
  results.set(test, [...(results.get(test) ?? []), outcome]);
}

const isFailed = (statuses) => statuses.includes("failed");
const isPassed = (statuses) => !isFailed(statuses) && statuses.includes("passed");
const skipped = [...results].filter(([, statuses]) => !isFailed(statuses) && !isPassed(statuses)).map(([test]) => test);
if (allowedFile === undefined) {
  const all = [...results.values()];
  console.log(
    `${all.filter(isPassed).length} passed, ${all.filter(isFailed).length} failed, ${skipped.length} skipped`,
  );
} else {
  const allowed = readFileSync(allowedFile, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  const unexpected = skipped.filter((test) => !allowed.includes(test));
  for (const test of skipped) console.log(`ran nowhere: ${test}`);
  for (const test of unexpected)
    console.error(`${test} is skipped here and in the container; ${allowedFile} does not list it`);
  process.exitCode = unexpected.length > 0 ? 1 : 0;
}
