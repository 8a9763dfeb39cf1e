/** The list of keys that work on every page. */
import { Modal } from "@mantine/core";
import classes from "./key-list.module.css";

const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ["g o", "Overview"],
  ["g p", "Processes"],
  ["g c", "Containers"],
  ["g e", "Explore"],
  ["g a", "Alerts"],
  ["g d", "Dashboards"],
  ["Space", "Pause, or go on live"],
  ["← →", "Earlier, later by half a window"],
  ["+ −", "Zoom in, out"],
  ["Backspace, Esc", "Back from a zoom"],
  ["c", "Compare with before: off, hour, day, week"],
  ["f", "Wall view: all of the screen for the charts"],
  ["t", "Dark or light"],
  ["/", "Search or filter"],
  ["Ctrl P", "Print, or save as PDF, with all charts"],
  ["?", "This list"],
  ["on a chart: ← →", "Read its values"],
  ["on a chart: Shift ← →, Enter", "Select a time, zoom into it"],
  ["on a chart: W", "What changed in this time?"],
];

export interface KeyListProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

export function KeyList({ isOpen, onClose }: KeyListProps) {
  return (
    <Modal opened={isOpen} onClose={onClose} title="Keyboard" closeButtonProps={{ "aria-label": "Close" }}>
      <dl className={classes.keys}>
        {KEYS.map(([keys, does]) => (
          <div key={keys}>
            <dt>{keys}</dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
