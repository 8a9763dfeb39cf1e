/** The table of contents: in the rail where there is room, else as a row above the page. Marks where the reader is. */
import { type ReactNode, useEffect, useState } from "react";
import { createPortal } from "react-dom";
import type { Level } from "./checks.ts";
import classes from "./contents.module.css";
import type { Finding } from "./findings.tsx";
import { jump } from "./findings.tsx";
import { passedLast } from "./passed-last.ts";

export interface ContentsProps {
  readonly sections: readonly { readonly id: string; readonly title: string }[];
  readonly findings: readonly Finding[];
}

export function Contents({ sections, findings }: ContentsProps) {
  const current = useCurrentSection(sections.map((section) => section.id).join());
  const [rail, setRail] = useState<Element | null>(null);
  useEffect(() => setRail(document.getElementById("page-contents")), []);
  if (sections.length === 0) return null;
  const levels = levelsOf(findings);
  const list = (
    <ul>
      {sections.map(({ id, title }) => (
        <li key={id}>
          <a href={`#${id}`} aria-current={current === id ? "location" : undefined} onClick={jump(id)}>
            {title}
            {levels.has(id) && (
              <>
                <span className={classes.trouble} data-level={levels.get(id)} title={WORDS[levels.get(id)!]} />
                <span className="sr-only">, {WORDS[levels.get(id)!]}</span>
              </>
            )}
          </a>
        </li>
      ))}
    </ul>
  );
  return (
    <>
      {rail !== null && createPortal(<RailContents>{list}</RailContents>, rail)}
      <nav className={classes.row} aria-label="Sections, in a row">
        {list}
      </nav>
    </>
  );
}

type Trouble = Exclude<Level, "notice">;
const WORDS: Readonly<Record<Trouble, string>> = { critical: "critical", warning: "needs a look" };

/** The worst that is found in each section. */
function levelsOf(findings: readonly Finding[]): ReadonlyMap<string, Trouble> {
  const worst = new Map<string, Trouble>();
  for (const { section, level } of findings) {
    if (level === "critical" || (level === "warning" && !worst.has(section))) worst.set(section, level);
  }
  return worst;
}

function RailContents({ children }: { readonly children: ReactNode }) {
  return (
    <section className={classes.rail} aria-label="On this page">
      <h2>On this page</h2>
      {children}
    </section>
  );
}

/** Where the reader is. */
function useCurrentSection(ids: string): string | undefined {
  const [current, setCurrent] = useState<string>();
  useEffect(() => {
    const find = () => {
      const tops = ids.split(",").flatMap((id) => {
        const top = document.getElementById(id)?.getBoundingClientRect().top;
        return top === undefined ? [] : [{ id, top: Math.round(top) }];
      });
      setCurrent(passedLast(tops));
    };
    // Where the page's places are known once it is laid out: asking before has it laid out for the question alone.
    const observer = new IntersectionObserver(find);
    observer.observe(document.documentElement);
    window.addEventListener("scroll", find, { passive: true });
    return () => {
      observer.disconnect();
      window.removeEventListener("scroll", find);
    };
  }, [ids]);
  return current;
}
