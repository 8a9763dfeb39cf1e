/** Groups of series by some of their labels (`by`), or by all but some (`without`). */
import { internalized, type Labels, METRIC_NAME } from "@dmon/model";

export class Grouping<Group> {
  readonly #names: readonly string[];
  readonly #set: ReadonlySet<string>;
  readonly #without: boolean;
  readonly #groups = new Map<string, { readonly labels: Labels; readonly group: Group }>();

  constructor(names: readonly string[], without: boolean) {
    this.#names = [...new Set(names)].map(internalized);
    this.#set = new Set(without ? [...names, METRIC_NAME] : names);
    this.#without = without;
  }

  /** The group of a series, made where there is none. */
  of(labels: Labels, make: (labels: Labels) => Group): Group {
    const key = this.#without ? labels.drop(this.#set).key : this.#keyOf(labels);
    const known = this.#groups.get(key);
    if (known !== undefined) return known.group;
    const groupLabels = this.labelsOf(labels);
    const group = make(groupLabels);
    this.#groups.set(key, { labels: groupLabels, group });
    return group;
  }

  labelsOf(labels: Labels): Labels {
    return this.#without ? labels.drop(this.#set) : labels.keep(this.#set);
  }

  /** In the order in which they were first seen. */
  groups(): Iterable<{ readonly labels: Labels; readonly group: Group }> {
    return this.#groups.values();
  }

  /** The values of the labels: cheaper than making a label set for every series. */
  #keyOf(labels: Labels): string {
    const names = this.#names;
    if (names.length === 0) return "";
    if (names.length === 1) return labels.get(names[0]!);
    let key = "";
    for (const name of names) key += `${labels.get(name)}\xff`;
    return key;
  }
}
