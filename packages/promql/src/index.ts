/** PromQL: what a query means over samples. Parser, printers, engine, native histograms, test scripts. */
export type { Expr } from "./ast.ts";
export { childrenOf, mapExpr, walkExpr } from "./ast.ts";
export { createPromqlEngine, type EngineOptions, type PromqlEngine } from "./engine/engine.ts";
export { PROMQL_ERRORS } from "./errors.ts";
export { allFunctionSignatures, type FunctionSignature } from "./functions/signatures.ts";
export { type ApiHistogram, formatHistogram, histogramToJson } from "./histogram/index.ts";
export { resultTypeOf, selectorsOf } from "./inspect.ts";
export { type ParseOptions, parseExpr, parseSelector } from "./parser/parse.ts";
export { exprToJson, type JsonNode } from "./printer/json.ts";
export { prettifyExpr } from "./printer/prettify.ts";
export { formatExpr } from "./printer/print.ts";
