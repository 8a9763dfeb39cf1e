/** Choosing the time: presets, two ends, comparison, earlier and later, pause. All of it is in the URL. */
import IconChevronLeft from "virtual:icon/chevron-left";
import IconChevronRight from "virtual:icon/chevron-right";
import IconPlayerPause from "virtual:icon/player-pause";
import IconPlayerPlay from "virtual:icon/player-play";
import { Suspense, useState } from "react";
import { part } from "../app/part.tsx";
import classes from "./time-controls.module.css";
import { TimeRangeButton } from "./time-range-button.tsx";
import { usePageTime } from "./use-time.ts";

const OpenedTimeChoice = part(() => import("./opened-time-choice.tsx").then((it) => it.OpenedTimeChoice));

export function TimeControls() {
  const time = usePageTime();
  const [wasOpened, setWasOpened] = useState(false);
  const isLive = time.range.kind === "live";
  const button = <TimeRangeButton isOpen={false} onClick={() => setWasOpened(true)} />;

  return (
    <fieldset className={classes.controls} aria-label="Time">
      <button type="button" className={classes.icon} aria-label="Earlier" onClick={() => time.shift(-0.5)}>
        <IconChevronLeft size={16} />
      </button>
      <Suspense fallback={button}>{wasOpened ? <OpenedTimeChoice /> : button}</Suspense>
      <button
        type="button"
        className={classes.icon}
        aria-label="Later"
        disabled={isLive}
        onClick={() => time.shift(0.5)}
      >
        <IconChevronRight size={16} />
      </button>
      <button
        type="button"
        className={classes.live}
        data-live={isLive || undefined}
        aria-pressed={isLive}
        title={isLive ? "Pause (space)" : "Go on live (space)"}
        onClick={() => time.togglePause()}
      >
        {isLive ? <IconPlayerPause size={14} /> : <IconPlayerPlay size={14} />}
        Live
      </button>
    </fieldset>
  );
}
