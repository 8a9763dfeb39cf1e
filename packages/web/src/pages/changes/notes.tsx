/** The bar's part for investigations: what changed in the shown time, and the notes on it. */
import IconZoomQuestion from "virtual:icon/zoom-question";
import { Suspense, useState } from "react";
import { live } from "../../api/live.ts";
import { part } from "../../app/part.tsx";
import { usePageView } from "../../charts/page-view.tsx";
import { usePageTime } from "../../time/use-time.ts";
import { useAnnotations } from "./annotations.ts";
import classes from "./notes.module.css";
import { NotesButton } from "./notes-button.tsx";

const OpenedNotes = part(() => import("./opened-notes.tsx").then((it) => it.OpenedNotes));

export function InvestigationTools() {
  const { range } = usePageTime();
  const page = usePageView();
  const annotations = useAnnotations(range);
  const ask = () => {
    const nowMs = live.nowMs;
    const [fromMs, toMs] = range.kind === "fixed" ? [range.fromMs, range.toMs] : [nowMs - 60_000, nowMs];
    page.onWhatChanged(fromMs / 1000, toMs / 1000);
  };
  return (
    <div className={classes.tools}>
      <button
        type="button"
        className={classes.tool}
        onClick={ask}
        title={
          range.kind === "fixed"
            ? "Which series changed most in the shown time"
            : "Which series changed most in the last minute"
        }
      >
        <IconZoomQuestion size={16} stroke={1.6} />
        <span>What changed?</span>
      </button>
      {annotations.data != null && <Notes count={annotations.data.length} />}
    </div>
  );
}

function Notes({ count }: { readonly count: number }) {
  const [wasOpened, setWasOpened] = useState(false);
  const button = <NotesButton count={count} onClick={() => setWasOpened(true)} />;
  return <Suspense fallback={button}>{wasOpened ? <OpenedNotes /> : button}</Suspense>;
}
