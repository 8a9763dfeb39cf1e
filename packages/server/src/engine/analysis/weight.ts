/**
 * How much of its metric a series is: one of two hundred processes that opens its fifth file is no news, however certain that
 * is, and the one disk that all is written to is. Series of one metric on one host are a family; a series' effect is weighted by
 * the root of its share in the family's sum.
 */
import type { Labels } from "@dmon/model";

import { materiality } from "./material.ts";

/** Says of each thing alone whether it is there: one of many that is gone is as bad as the only one. */
const SIGNALS = /(^|_)up$/;
/** This program's own: it works more while someone looks. */
const OWN = /^dmon_/;
const OWN_WEIGHT = 0.5;
/** A moment, not an amount: a program that started later than another is not more of anything. */
const MOMENTS = /_(start_time|boot_time|timestamp)_seconds$/;

export function isMoment(name: string): boolean {
  return MOMENTS.test(name);
}

/** Sums of families, over all series, also those that did not change. */
export class Families {
  readonly #sums = new Map<string, { before: number; during: number }>();

  /** @param before @param during means; 0 where there is nothing */
  add(labels: Labels, before: number, during: number): void {
    const key = familyOf(labels);
    let sums = this.#sums.get(key);
    if (sums === undefined) {
      sums = { before: 0, during: 0 };
      this.#sums.set(key, sums);
    }
    sums.before += Math.abs(before);
    sums.during += Math.abs(during);
  }

  /** Of a series' share, and of how much that is of the machine. @returns 0–1 */
  weight(labels: Labels, distance: number): number {
    if (SIGNALS.test(labels.name)) return 1;
    const sums = this.#sums.get(familyOf(labels));
    const whole = sums === undefined ? 0 : Math.max(sums.before, sums.during);
    if (whole === 0) return 0;
    const share = Math.sqrt(Math.min(1, distance / whole)) * (OWN.test(labels.name) ? OWN_WEIGHT : 1);
    return share * materiality(labels.name, distance, this.#memoryOf(labels.get("instance")));
  }

  #memoryOf(instance: string): number {
    const sums = this.#sums.get(keyOf("node_memory_MemTotal_bytes", instance));
    return sums === undefined ? 0 : Math.max(sums.before, sums.during);
  }
}

function keyOf(name: string, instance: string): string {
  return `${name}\u0000${instance}`;
}

function familyOf(labels: Labels): string {
  return keyOf(labels.name, labels.get("instance"));
}
