/** A page of charts with what belongs to all of them: notes as marks, and the window that is looked at for changes. */
import { type ReactNode, Suspense, useCallback, useMemo, useState } from "react";
import { part } from "../../app/part.tsx";
import type { MarkedWindow } from "../../charts/marks.ts";
import { PageViewProvider } from "../../charts/page-view.tsx";
import { usePageTime } from "../../time/use-time.ts";
import { marksOf, useAnnotations } from "./annotations.ts";
import type { ChangesDrawerProps } from "./changes-drawer.tsx";

const ChangesDrawer = part<ChangesDrawerProps>(() => import("./changes-drawer.tsx").then((it) => it.ChangesDrawer));

export interface InvestigatedPageProps {
  readonly scope: readonly string[];
  readonly children: ReactNode;
}

export function InvestigatedPage({ scope, children }: InvestigatedPageProps) {
  const { range } = usePageTime();
  const annotations = useAnnotations(range);
  const [window, setWindow] = useState<MarkedWindow>();
  const marks = useMemo(() => marksOf(annotations.data ?? []), [annotations.data]);
  const ask = useCallback((fromS: number, toS: number) => setWindow({ fromS, toS }), []);
  return (
    <PageViewProvider scope={scope} marks={marks} markedWindow={window} onWhatChanged={ask}>
      {children}
      {window !== undefined && (
        <Suspense>
          <ChangesDrawer key={`${window.fromS} ${window.toS}`} window={window} onClose={() => setWindow(undefined)} />
        </Suspense>
      )}
    </PageViewProvider>
  );
}
