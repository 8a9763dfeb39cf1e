/** What a chart shows, in words: beside its title, for mouse, keyboard and touch. */
import IconInfoCircle from "virtual:icon/info-circle";
import { Suspense, useEffect, useRef, useState } from "react";
import { part } from "../app/part.tsx";
import classes from "./panel.module.css";

const Tip = part(() => import("./panel-tip.tsx").then((it) => it.PanelTip));

export interface PanelHelpProps {
  readonly title: string;
  readonly text: string;
}

export function PanelHelp({ title, text }: PanelHelpProps) {
  const button = useRef<HTMLButtonElement>(null);
  const [wasOpened, setWasOpened] = useState(false);
  const [isOpen, setIsOpen] = useState(false);
  const open = () => {
    setWasOpened(true);
    setIsOpen(true);
  };
  const close = () => setIsOpen(false);

  useEffect(() => {
    if (!isOpen) return;
    const onKey = (event: KeyboardEvent) => event.key === "Escape" && setIsOpen(false);
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [isOpen]);

  return (
    <>
      <button
        ref={button}
        type="button"
        className={classes.help}
        aria-label={`About ${title}: ${text}`}
        data-print="no"
        onPointerEnter={open}
        onPointerLeave={close}
        onFocus={open}
        onBlur={close}
        onClick={open}
      >
        <IconInfoCircle size={15} stroke={1.6} />
      </button>
      {wasOpened && (
        <Suspense>
          <Tip target={button} text={text} isOpen={isOpen} />
        </Suspense>
      )}
    </>
  );
}
