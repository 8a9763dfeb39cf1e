#!/usr/bin/env bash
# closing-line.sh VITEST_JSON: prints `N passed, N failed, N skipped` from what Vitest's JSON reporter wrote.
# Files that could not even be loaded count as failed.
set -euo pipefail
node -e '
const report = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
const broken = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.every((test) => test.status !== "failed")).length;
const skipped = report.numPendingTests + report.numTodoTests;
console.log(`${report.numPassedTests} passed, ${report.numFailedTests + broken} failed, ${skipped} skipped`);
' "$1"
