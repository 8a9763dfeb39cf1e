/** The labels by which series of two vectors find each other. */
import { type Labels, METRIC_NAME } from "@dmon/model";
import type { VectorMatching } from "../ast.ts";

export class Signatures {
  readonly #set: ReadonlySet<string>;
  readonly #on: boolean;

  constructor({ labels, on }: Pick<VectorMatching, "labels" | "on">) {
    this.#set = new Set(on ? labels : [...labels, METRIC_NAME]);
    this.#on = on;
  }

  /** The labels that take part. */
  labelsOf(labels: Labels): Labels {
    return this.#on ? labels.keep(this.#set) : labels.drop(this.#set);
  }

  keyOf(labels: Labels): string {
    return this.labelsOf(labels).key;
  }
}
