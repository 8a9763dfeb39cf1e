/**
 * Text of a panel, written as Markdown: headings, paragraphs, lists, code, bold, italic and links. What else there is, HTML
 * above all, stays text: nothing of a document is run.
 */
import type { ReactNode } from "react";
import classes from "./markdown.module.css";
import { isFollowed } from "./panel-specs.ts";

export type Block =
  | { readonly kind: "heading"; readonly level: number; readonly text: string }
  | { readonly kind: "paragraph"; readonly text: string }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "list"; readonly ordered: boolean; readonly items: readonly string[] };

export function blocksOf(source: string): Block[] {
  const blocks: Block[] = [];
  const lines = source.replaceAll("\r\n", "\n").split("\n");
  for (let i = 0; i < lines.length; ) {
    const line = lines[i]!;
    const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
    const item = itemOf(line);
    if (line.trim() === "") i++;
    else if (/^\s*```/.test(line)) {
      const end = lines.findIndex((one, at) => at > i && /^\s*```/.test(one));
      const stop = end === -1 ? lines.length : end;
      blocks.push({ kind: "code", text: lines.slice(i + 1, stop).join("\n") });
      i = stop + 1;
    } else if (heading !== null) {
      blocks.push({ kind: "heading", level: heading[1]!.length, text: heading[2]! });
      i++;
    } else if (item !== undefined) {
      const items: string[] = [];
      for (let next = itemOf(lines[i] ?? ""); next?.ordered === item.ordered; next = itemOf(lines[i] ?? "")) {
        items.push(next.text);
        i++;
      }
      blocks.push({ kind: "list", ordered: item.ordered, items });
    } else {
      const from = i;
      while (i < lines.length && isParagraph(lines[i]!)) i++;
      blocks.push({ kind: "paragraph", text: lines.slice(from, i).join("\n") });
    }
  }
  return blocks;
}

function itemOf(line: string): { readonly ordered: boolean; readonly text: string } | undefined {
  const [, mark, text] = /^\s{0,6}([-*+]|\d{1,3}[.)])\s+(.*)$/.exec(line) ?? [];
  return mark === undefined ? undefined : { ordered: /\d/.test(mark), text: text ?? "" };
}

function isParagraph(line: string): boolean {
  return line.trim() !== "" && !/^(#{1,6}\s|\s*```)/.test(line) && itemOf(line) === undefined;
}

const INLINE =
  /`([^`]+)`|\*\*([^*]+)\*\*|__([^_]+)__|\*([^*\s][^*]*)\*|\[([^\]]+)\]\(([^)\s]+)\)|(https?:\/\/[^\s<>)]+)/g;

function inline(text: string): ReactNode[] {
  const out: ReactNode[] = [];
  let last = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, bold, alsoBold, italic, name, url, bare] = match;
    out.push(text.slice(last, match.index));
    last = match.index + whole.length;
    const key = match.index;
    if (code !== undefined) out.push(<code key={key}>{code}</code>);
    else if (bold !== undefined || alsoBold !== undefined) out.push(<b key={key}>{bold ?? alsoBold}</b>);
    else if (italic !== undefined) out.push(<i key={key}>{italic}</i>);
    else if (isFollowed(url ?? bare!)) {
      out.push(
        <a key={key} href={url ?? bare} target="_blank" rel="noreferrer">
          {name ?? bare}
        </a>,
      );
    } else out.push(name);
  }
  out.push(text.slice(last));
  return out;
}

export function Markdown({ source }: { readonly source: string }) {
  return (
    <div className={classes.markdown}>
      {blocksOf(source).map((block, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: blocks have no name of their own, and keep their order
        <BlockView key={i} block={block} />
      ))}
    </div>
  );
}

function BlockView({ block }: { readonly block: Block }) {
  if (block.kind === "code") return <pre>{block.text}</pre>;
  if (block.kind === "paragraph") return <p>{inline(block.text)}</p>;
  // The page and its panels have the upper levels.
  if (block.kind === "heading") return block.level <= 2 ? <h4>{inline(block.text)}</h4> : <h5>{inline(block.text)}</h5>;
  const items = block.items.map((item, i) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: as above
    <li key={i}>{inline(item)}</li>
  ));
  return block.ordered ? <ol>{items}</ol> : <ul>{items}</ul>;
}
