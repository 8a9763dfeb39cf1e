/** The frame of a page that lists what runs on one host: which host and when, a filter, a count, what went wrong. */
import { type ReactNode, useMemo } from "react";
import { messageOfError } from "../../api/client.ts";
import { useHosts } from "../../api/queries.ts";
import { PageBar } from "../../app/page-bar.tsx";
import { usePageSearch } from "../../app/search.ts";
import { rangeOf } from "../../time/time-range.ts";
import { InvestigatedPage } from "../changes/investigated-page.tsx";
import { InvestigationTools } from "../changes/notes.tsx";
import { scopeOf } from "../overview/catalog.ts";
import { HostPicker } from "../overview/host-picker.tsx";
import classes from "./host-lists.module.css";

/** Which host a page shows, and when. */
export interface ShownHost {
  readonly instances: readonly string[] | undefined;
  readonly instance: string | undefined;
  /** Matchers of its series. */
  readonly scope: readonly string[];
  /** The present of the host that serves the page, of which it has lists. */
  readonly isHere: boolean;
  /** Undefined for the present. */
  readonly atMs: number | undefined;
  /** Why it is not known which hosts there are. */
  readonly error: Error | null;
}

export function useShownHost(): ShownHost {
  const hosts = useHosts();
  const search = usePageSearch();
  const range = rangeOf(search);
  const instances = hosts.data?.instances;
  const instance = search.host ?? instances?.[0];
  const scope = useMemo(() => scopeOf(instance), [instance]);
  const isHere = range.kind === "live" && hosts.data?.local?.instance === instance;
  const atMs = range.kind === "fixed" ? range.toMs : undefined;
  return { instances, instance, scope, isHere, atMs, error: hosts.error };
}

export interface HostListPageProps {
  readonly host: ShownHost;
  readonly title: string;
  readonly filter: string;
  readonly onFilter: (filter: string) => void;
  /** Says what is looked through. */
  readonly placeholder: string;
  /** Between the filter and the count. */
  readonly tools?: ReactNode;
  readonly count: string | undefined;
  readonly error: Error | null;
  /** Rows have not come yet. */
  readonly isLoading: boolean;
  readonly children: ReactNode;
}

export function HostListPage({ host, title, filter, onFilter, placeholder, tools, ...rest }: HostListPageProps) {
  const error = host.error ?? rest.error;
  return (
    <InvestigatedPage scope={host.scope} key={host.instance ?? ""}>
      <PageBar title={title}>
        {host.instances !== undefined && <HostPicker hosts={host.instances} current={host.instance} />}
        <InvestigationTools />
      </PageBar>
      <main className={classes.page}>
        <h2 className="sr-only">{title} of the host</h2>
        <div className={classes.tools}>
          <input
            type="search"
            placeholder={placeholder}
            aria-label={`Filter the ${title.toLowerCase()}`}
            value={filter}
            onChange={(event) => onFilter(event.target.value)}
          />
          {tools}
          {rest.count !== undefined && <span className={classes.count}>{rest.count}</span>}
        </div>
        {error !== null && (
          <p className={classes.error} role="alert">
            {messageOfError(error)}
          </p>
        )}
        {rest.isLoading && error === null && <p className={classes.loading}>Loading…</p>}
        {rest.children}
      </main>
    </InvestigatedPage>
  );
}
