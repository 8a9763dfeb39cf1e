/** Functions over instant vectors: their shape. */
import type { Slices } from "@dmon/model";
import type { Call } from "../../ast.ts";
import type { Evaluation } from "../../engine/evaluation.ts";
import type { SeriesSink } from "../../engine/series.ts";

/** Evaluates a call's arguments and pushes the result's series. */
export type VectorFunction = (evaluation: Evaluation, call: Call, sink: SeriesSink) => Slices<void>;
