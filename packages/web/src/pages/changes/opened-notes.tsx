/** The notes on the shown time: read, added, changed, removed. Opens when it is made. */
import type { Annotation } from "@dmon/model";
import { Popover } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { messageOfError } from "../../api/client.ts";
import { live } from "../../api/live.ts";
import { usePreferences } from "../../app/preferences.ts";
import { useOpenAtOnce } from "../../app/use-open-at-once.ts";
import { readInstant, writeInstant } from "../../time/custom-range.tsx";
import { formatInstant } from "../../time/time-range.ts";
import { usePageTime } from "../../time/use-time.ts";
import { useAnnotations, useRemoveAnnotation, useSaveAnnotation } from "./annotations.ts";
import classes from "./notes.module.css";
import { NotesButton } from "./notes-button.tsx";

export function OpenedNotes() {
  const { range } = usePageTime();
  const { utc } = usePreferences();
  const annotations = useAnnotations(range);
  const remove = useRemoveAnnotation();
  const { button, isOpen, setIsOpen } = useOpenAtOnce();
  const [edited, setEdited] = useState<Annotation>();
  const notes = annotations.data ?? [];
  return (
    <Popover
      opened={isOpen}
      onChange={setIsOpen}
      position="bottom-start"
      shadow="md"
      trapFocus
      withinPortal
      width={360}
    >
      <Popover.Target>
        <NotesButton ref={button} count={notes.length} onClick={() => setIsOpen(!isOpen)} />
      </Popover.Target>
      <Popover.Dropdown className={classes.dropdown!} aria-label="Notes on the time line">
        {notes.length === 0 && <p className={classes.none}>No notes in the shown time.</p>}
        <ul className={classes.list}>
          {notes.map((note) => (
            <li key={note.id}>
              <span className={classes.when}>{formatInstant(note.atMs, utc, true)}</span>
              <span className={classes.what}>
                {note.text} {note.tags.length > 0 && <i>{note.tags.join(", ")}</i>}
              </span>
              {note.source === "user" && (
                <span className={classes.actions}>
                  <button type="button" aria-label={`Edit the note ${note.text}`} onClick={() => setEdited(note)}>
                    Edit
                  </button>
                  <button
                    type="button"
                    aria-label={`Remove the note ${note.text}`}
                    onClick={() => remove.mutate(note.id)}
                  >
                    Remove
                  </button>
                </span>
              )}
            </li>
          ))}
        </ul>
        {remove.isError && <p role="alert">{messageOfError(remove.error)}</p>}
        <NoteForm key={edited?.id ?? "new"} edited={edited} utc={utc} onDone={() => setEdited(undefined)} />
      </Popover.Dropdown>
    </Popover>
  );
}

interface NoteFormProps {
  /** Undefined: a new one. */
  readonly edited: Annotation | undefined;
  readonly utc: boolean;
  readonly onDone: () => void;
}

function NoteForm({ edited, utc, onDone }: NoteFormProps) {
  const save = useSaveAnnotation();
  const [text, setText] = useState(edited?.text ?? "");
  const [at, setAt] = useState(() => writeInstant(edited?.atMs ?? live.nowMs, utc));
  const atMs = readInstant(at, live.nowMs, utc);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (atMs === undefined || text.trim() === "") return;
    const { tags = [], source = "user" } = edited ?? {};
    // A span keeps its length.
    const span = edited?.endMs === undefined ? {} : { endMs: Math.round(atMs + edited.endMs - edited.atMs) };
    save.mutate(
      { id: edited?.id, note: { atMs: Math.round(atMs), ...span, text: text.trim(), tags, source } },
      {
        onSuccess: () => {
          setText("");
          onDone();
        },
      },
    );
  };
  return (
    <form className={classes.form} onSubmit={submit}>
      <label>
        Note
        <input value={text} onChange={(event) => setText(event.target.value)} placeholder="Deployed 1.4.2" />
      </label>
      <label>
        At
        <input value={at} onChange={(event) => setAt(event.target.value)} aria-invalid={atMs === undefined} />
      </label>
      <button type="submit" disabled={text.trim() === "" || atMs === undefined || save.isPending}>
        {edited === undefined ? "Add" : "Save"}
      </button>
      {save.isError && <p role="alert">{messageOfError(save.error)}</p>}
    </form>
  );
}
