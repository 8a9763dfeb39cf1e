import { bug, type SampleColumns } from "@dmon/model";
import type { VectorSelector } from "../ast.ts";
import type { Evaluation } from "./evaluation.ts";
import type { ReadTimes } from "./selector.ts";
import type { Series } from "./series.ts";
export function smoothSeries(_e: Evaluation, _s: VectorSelector, _c: SampleColumns, _t: ReadTimes, _o: Series): void {
  bug("stub");
}
