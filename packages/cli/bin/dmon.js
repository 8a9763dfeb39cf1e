#!/usr/bin/env node
// Starts the program with a Node.js that it can run on, and with settings that keep a long-running server small.
// Kept in old syntax: this file must parse on any Node.js.
var required = 24;
var major = Number(process.versions.node.split(".")[0]);
var isServer = process.argv[2] === "start";

// Code that did not run between two full collections is thrown away, also where it was compiled already: most of it ran once,
// at the start. Measured on an idle server: 111 MB resident without all of these, 97 MB with them.
var serverFlags = ["--optimize-for-size", "--bytecode-old-age=2", "--flush-baseline-code"];
var serverEnvironment = { MALLOC_ARENA_MAX: "1" };

if (major < required) {
  spawnWith(findRuntime());
} else if (
  isServer &&
  !process.env.DMON_TUNED &&
  typeof process.execve === "function" &&
  process.platform !== "win32"
) {
  // Same process, same pid: who started us and sends signals need not know.
  process.removeAllListeners("warning");
  process.execve(process.execPath, [process.execPath].concat(process.execArgv, serverArguments()), environment());
} else {
  import("../dist/main.js").then(
    function (program) {
      return program.main(process.argv);
    },
    function (error) {
      var missing = error && error.code === "ERR_MODULE_NOT_FOUND" && String(error.message).indexOf("dist") >= 0;
      console.error(missing ? "dmon: not built yet; run `npm run build` in the project's folder" : error);
      process.exit(1);
    },
  );
}

function serverArguments() {
  return serverFlags.concat(["--disable-warning=ExperimentalWarning", __filename], process.argv.slice(2));
}

function environment() {
  return Object.assign({}, process.env, serverEnvironment, { DMON_TUNED: "1" });
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

function spawnWith(runtime) {
  var args = isServer ? serverArguments() : [__filename].concat(process.argv.slice(2));
  var child = require("node:child_process").spawn(runtime, args, {
    stdio: "inherit",
    env: isServer ? environment() : process.env,
  });
  ["SIGINT", "SIGTERM", "SIGHUP"].forEach(function (signal) {
    process.on(signal, function () {
      child.kill(signal);
    });
  });
  child.on("exit", function (code, signal) {
    process.exit(signal === null ? code : 128 + require("node:os").constants.signals[signal]);
  });
}
