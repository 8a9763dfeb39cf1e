/** The engine in the settings in which the reference runs the scripts. */
import type { Queryable } from "@dmon/model";
import { createPromqlEngine } from "../engine/engine.ts";
import type { ScriptEngine } from "./run-case.ts";

export function referenceEngine(storage: Queryable): ScriptEngine {
  return createPromqlEngine(storage, {
    experimentalFunctions: true,
    delayedNameRemoval: true,
    useStartTimestamps: true,
  });
}
