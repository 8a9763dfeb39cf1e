import { bug } from "@dmon/model";
import type { ExtendedMode } from "../../ast.ts";
import type { ColumnFunction } from "./window.ts";
export function extendedFunction(_func: string, _mode: ExtendedMode, _lookbackMs: number): ColumnFunction {
  return bug("stub");
}
