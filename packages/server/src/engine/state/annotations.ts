/** Annotations: what happened (deploys, restarts, alerts, experiments), kept in `state.db`. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Annotation, NewAnnotation } from "@dmon/model";

interface Row {
  readonly id: number;
  readonly at_ms: number;
  readonly end_ms: number | null;
  readonly text: string;
  readonly tags: string;
  readonly source: string;
}

/** Most annotations one question is answered with; the newest are kept. */
const MAX_ANSWER = 1000;

export class Annotations {
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #delete: StatementSync;
  readonly #select: StatementSync;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare(
      "INSERT INTO annotation (at_ms, end_ms, text, tags, source) VALUES (?, ?, ?, ?, ?)",
    );
    this.#update = database.prepare(
      "UPDATE annotation SET at_ms = ?, end_ms = ?, text = ?, tags = ?, source = ? WHERE id = ?",
    );
    this.#delete = database.prepare("DELETE FROM annotation WHERE id = ?");
    this.#select = database.prepare(
      "SELECT * FROM annotation WHERE at_ms <= ? AND coalesce(end_ms, at_ms) >= ? ORDER BY at_ms DESC LIMIT ?",
    );
  }

  add(annotation: NewAnnotation): Annotation {
    const { atMs, endMs, text, tags, source } = annotation;
    const { lastInsertRowid } = this.#insert.run(atMs, endMs ?? null, text, JSON.stringify(tags), source);
    return { id: String(lastInsertRowid), ...annotation };
  }

  /** @returns undefined where there is none of this id */
  replace(id: string, annotation: NewAnnotation): Annotation | undefined {
    const { atMs, endMs, text, tags, source } = annotation;
    const { changes } = this.#update.run(atMs, endMs ?? null, text, JSON.stringify(tags), source, Number(id));
    return changes === 1 ? { id, ...annotation } : undefined;
  }

  /** @returns false where there is none of this id */
  remove(id: string): boolean {
    return this.#delete.run(Number(id)).changes === 1;
  }

  /** Those that touch `[startMs, endMs]`, in order of time. */
  list(startMs: number, endMs: number): Annotation[] {
    const rows = this.#select.all(endMs, startMs, MAX_ANSWER) as unknown as Row[];
    return rows.reverse().map((row) => ({
      id: String(row.id),
      atMs: row.at_ms,
      ...(row.end_ms === null ? {} : { endMs: row.end_ms }),
      text: row.text,
      tags: JSON.parse(row.tags) as string[],
      source: row.source,
    }));
  }
}
