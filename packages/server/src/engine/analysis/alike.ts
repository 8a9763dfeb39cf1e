/**
 * Puts together what is one thing said several times: bytes and packets of one interface, one program's threads and files.
 *
 * Two series are alike where they are of one family (`node_disk_…`), name nobody else (see `WHO`), and their courses over both
 * stretches go up and down together, or against each other; or where both came, or went, at the same moment. A course alone says
 * nothing: whatever happens at once has the same.
 */
import type { Labels } from "@dmon/model";
import type { Course } from "./course.ts";

const LEAST_CORRELATION = 0.8;
/** Points: a gap of a scrape or two is nobody's coming and going. */
const LEAST_ABSENT = 8;
/** A rate begins a reading later than what it is of. */
const MOST_APART = 2;
/** Labels that name who or what it is about; two series about different ones are different things. */
const WHO = ["job", "instance", "groupname", "name", "container", "pod", "service", "device", "mountpoint"];

/**
 * @param courses the most important first
 * @returns groups of indexes; a group's first is its most important, and groups come in the order of their first
 */
export function groupAlike(courses: readonly Course[]): number[][] {
  const groups: number[][] = [];
  const byFamily = new Map<string, number[][]>();
  for (const [i, course] of courses.entries()) {
    const family = familyOf(course.labels.name);
    const known = byFamily.get(family) ?? [];
    byFamily.set(family, known);
    const group = known.find(([first]) => {
      const leader = courses[first!]!;
      return isSameSubject(leader.labels, course.labels) && isTogether(leader.points, course.points);
    });
    if (group !== undefined) group.push(i);
    else {
      groups.push([i]);
      known.push(groups.at(-1)!);
    }
  }
  return groups;
}

/** `node_disk` of `node_disk_io_now`. */
function familyOf(name: string): string {
  return name.split("_", 2).join("_");
}

/** Nothing that one names is another thing of the other's. */
function isSameSubject(a: Labels, b: Labels): boolean {
  return WHO.every((name) => agree(a.get(name), b.get(name)));
}

function agree(a: string, b: string): boolean {
  return a === b || a === "" || b === "";
}

function isTogether(a: Float64Array, b: Float64Array): boolean {
  return cameAndWentTogether(a, b) || goTogether(a, b);
}

/** There for a part of the time only, and both for the same part. */
function cameAndWentTogether(a: Float64Array, b: Float64Array): boolean {
  let [absent, apart] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const [isAbsent, otherIsAbsent] = [Number.isNaN(a[i]!), Number.isNaN(b[i]!)];
    if (isAbsent && otherIsAbsent) absent++;
    else if (isAbsent !== otherIsAbsent) apart++;
  }
  return absent >= LEAST_ABSENT && absent < a.length && apart <= MOST_APART;
}

/** Pearson's correlation over the points that both have. */
function goTogether(a: Float64Array, b: Float64Array): boolean {
  let [count, sumA, sumB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    if (Number.isNaN(a[i]!) || Number.isNaN(b[i]!)) continue;
    count++;
    sumA += a[i]!;
    sumB += b[i]!;
  }
  if (count < 3) return false;
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    if (Number.isNaN(a[i]!) || Number.isNaN(b[i]!)) continue;
    const [x, y] = [a[i]! - sumA / count, b[i]! - sumB / count];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa > 0 && bb > 0 && Math.abs(ab) / Math.sqrt(aa * bb) >= LEAST_CORRELATION;
}
