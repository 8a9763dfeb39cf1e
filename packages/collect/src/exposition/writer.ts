/** The writing half of this folder, for those who serve `/metrics` and read no text. */
export { Exposition, type ExpositionOptions } from "./write.ts";
export { type FederatedSample, writeFederated } from "./write-federated.ts";
export {
  type ExpositionFormat,
  negotiateExposition,
  negotiateFederation,
  OPENMETRICS_FORMAT,
  TEXT_FORMAT,
} from "./write-negotiate.ts";
