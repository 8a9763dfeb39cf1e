/** Is it well? Status in a glance, what is wrong in words, and every chart that this host has data for. */
import { useMemo } from "react";
import { messageOfError } from "../../api/client.ts";
import { useHosts, useMetricNames } from "../../api/queries.ts";
import { PageBar } from "../../app/page-bar.tsx";
import { usePrinting } from "../../app/printing.ts";
import { usePageSearch } from "../../app/search.ts";
import { rangeOf } from "../../time/time-range.ts";
import { InvestigatedPage } from "../changes/investigated-page.tsx";
import { InvestigationTools } from "../changes/notes.tsx";
import { scopeOf, sectionsFor } from "./catalog.ts";
import { Contents } from "./contents.tsx";
import { Findings, useAssessment } from "./findings.tsx";
import { HostPicker } from "./host-picker.tsx";
import classes from "./overview.module.css";
import { Sections } from "./sections.tsx";
import { Tiles } from "./tiles.tsx";
import { Wall } from "./wall.tsx";

const NONE: readonly never[] = [];

export function Overview() {
  const hosts = useHosts();
  const search = usePageSearch();
  const instance = search.host ?? hosts.data?.instances[0];
  // Asked at once, without waiting for the host's name; where the store knows several hosts, each is asked for its own.
  const isOnlyHost = hosts.data?.instances.length === 1 && instance === hosts.data.instances[0];
  const allNames = useMetricNames(undefined);
  const ownNames = useMetricNames(instance, hosts.isSuccess && !isOnlyHost);
  const asked = isOnlyHost ? allNames : ownNames;
  const names = hosts.isSuccess ? asked.data : undefined;
  const sections = useMemo(() => sectionsFor(names ?? new Set()), [names]);
  const scope = useMemo(() => scopeOf(instance), [instance]);
  const assessment = useAssessment(scope, names, rangeOf(search));
  const isPrinting = usePrinting();
  // On paper it is the report that it always is.
  const isWall = search.view === "wall" && !isPrinting;
  const error = hosts.error ?? asked.error;
  const findings = assessment.data?.findings ?? NONE;

  return (
    <InvestigatedPage scope={scope} key={instance ?? ""}>
      <PageBar title="Overview">
        {hosts.data !== undefined && <HostPicker hosts={hosts.data.instances} current={instance} />}
        <InvestigationTools />
      </PageBar>
      <main className={classes.page} data-wall={isWall || undefined}>
        {!isWall && <Contents sections={sections} findings={findings} />}
        {error !== null && (
          <LoadFailed error={error} onRetry={() => void hosts.refetch().then(() => asked.refetch())} />
        )}
        {names !== undefined && sections.length === 0 && <NothingYet />}
        {error === null && <Findings assessment={assessment.data} error={assessment.error} />}
        {error === null && <Tiles names={names} findings={findings} />}
        {isWall ? <Wall sections={sections} /> : <Sections sections={sections} />}
      </main>
    </InvestigatedPage>
  );
}

function LoadFailed({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) {
  return (
    <div className={classes.failed} role="alert">
      <h2>The server cannot be asked</h2>
      <p>{messageOfError(error)}</p>
      <button type="button" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}

function NothingYet() {
  return (
    <div className={classes.failed}>
      <h2>Nothing has been collected yet</h2>
      <p>The first charts appear a second after the program has started. If this stays, see its log.</p>
    </div>
  );
}
