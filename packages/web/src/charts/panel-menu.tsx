/** The button of a chart's menu. The menu itself is made when it is first opened: sixty of them cost a page more than its charts. */
import { Suspense, useState } from "react";
import { part } from "../app/part.tsx";
import { PanelMenuButton, type PanelMenuProps } from "./panel-menu-button.tsx";

const Opened = part<PanelMenuProps>(() => import("./opened-panel-menu.tsx").then((it) => it.OpenedPanelMenu));

export function PanelMenu(props: PanelMenuProps) {
  const [wasOpened, setWasOpened] = useState(false);
  const button = (
    <PanelMenuButton title={props.feed.spec.title} aria-haspopup="menu" onClick={() => setWasOpened(true)} />
  );
  return <Suspense fallback={button}>{wasOpened ? <Opened {...props} /> : button}</Suspense>;
}
