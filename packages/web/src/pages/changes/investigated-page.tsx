/** A page of charts with what belongs to all of them: notes as marks, and the window that is looked at for changes. */
import { type ReactNode, useCallback, useMemo, useState } from "react";
import type { MarkedWindow } from "../../charts/marks.ts";
import { PageViewProvider } from "../../charts/page-view.tsx";
import { usePageTime } from "../../time/use-time.ts";
import { marksOf, useAnnotations } from "./annotations.ts";
import { ChangesDrawer } from "./changes-drawer.tsx";

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
        <ChangesDrawer key={`${window.fromS} ${window.toS}`} window={window} onClose={() => setWindow(undefined)} />
      )}
    </PageViewProvider>
  );
}
