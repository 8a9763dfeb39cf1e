/**
 * The PromQL editor: highlighting, completion from the server's real metrics and labels, marks under mistakes.
 *
 * Enter runs the query, Shift+Enter makes a new line.
 */
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, syntaxHighlighting, syntaxTree } from "@codemirror/language";
import { lintKeymap } from "@codemirror/lint";
import { EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap, placeholder } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { PromQLExtension } from "@prometheus-io/codemirror-promql";
import { type Ref, useEffect, useImperativeHandle, useRef } from "react";
import classes from "./promql-editor.module.css";

export interface PromqlEditorHandle {
  /** Puts text in place of all there is. */
  set(text: string): void;
  /** The texts of the query's parts that can be asked on their own, the whole first. */
  parts(): readonly string[];
  focus(): void;
}

export interface PromqlEditorProps {
  readonly ref?: Ref<PromqlEditorHandle>;
  readonly value: string;
  readonly label: string;
  onChange(value: string): void;
  onFocus(): void;
  onRun(): void;
}

const highlight = HighlightStyle.define([
  { tag: tags.name, color: "var(--accent)" },
  { tag: tags.labelName, color: "var(--ok)" },
  { tag: tags.string, color: "var(--warn)" },
  { tag: [tags.number, tags.special(tags.number)], color: "var(--warn)" },
  { tag: [tags.keyword, tags.function(tags.variableName), tags.operatorKeyword, tags.modifier], color: "var(--bad)" },
  { tag: [tags.operator, tags.paren, tags.brace, tags.bracket, tags.separator], color: "var(--ink-2)" },
  { tag: tags.comment, color: "var(--ink-3)", fontStyle: "italic" },
  { tag: tags.invalid, color: "var(--bad)" },
]);

const PARTS = new Set([
  "VectorSelector",
  "MatrixSelector",
  "SubqueryExpr",
  "AggregateExpr",
  "FunctionCall",
  "BinaryExpr",
  "UnaryExpr",
]);

export function PromqlEditor({ ref, value, label, onChange, onFocus, onRun }: PromqlEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | undefined>(undefined);
  const handlers = useRef({ onChange, onFocus, onRun });
  handlers.current = { onChange, onFocus, onRun };

  // biome-ignore lint/correctness/useExhaustiveDependencies: the editor owns its text; `value` is what it begins with
  useEffect(() => {
    const promql = new PromQLExtension().setComplete({ remote: { url: "", lookbackInterval: 12 * 3_600_000 } });
    const editor = new EditorView({
      parent: host.current!,
      state: EditorState.create({
        doc: value,
        extensions: [
          history(),
          bracketMatching(),
          closeBrackets(),
          autocompletion(),
          syntaxHighlighting(highlight),
          promql.asExtension(),
          EditorView.lineWrapping,
          EditorView.domEventHandlers({ focus: () => handlers.current.onFocus() }),
          EditorView.contentAttributes.of({ "aria-label": label, "data-search": "" }),
          placeholder("PromQL: a metric's name, or rate(…) of a counter"),
          Prec.highest(
            keymap.of([
              { key: "Enter", run: run },
              { key: "Mod-Enter", run: run },
              { key: "Shift-Enter", run: (target) => insertNewline(target) },
            ]),
          ),
          keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap, ...lintKeymap]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) handlers.current.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
    function run(target: EditorView): boolean {
      // An open list of completions takes Enter for itself.
      if (target.dom.querySelector(".cm-tooltip-autocomplete [aria-selected]") !== null) return false;
      handlers.current.onRun();
      return true;
    }
    view.current = editor;
    return () => {
      editor.destroy();
      promql.destroy();
      view.current = undefined;
    };
  }, [label]);

  useImperativeHandle(ref, () => ({
    set: (text) => {
      const editor = view.current;
      if (editor === undefined) return;
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } });
    },
    parts: () => (view.current === undefined ? [] : partsOf(view.current.state)),
    focus: () => view.current?.focus(),
  }));

  return <div ref={host} className={classes.editor} />;
}

function insertNewline(target: EditorView): boolean {
  target.dispatch(target.state.replaceSelection("\n"));
  return true;
}

function partsOf(state: EditorState): readonly string[] {
  const found: string[] = [];
  syntaxTree(state).iterate({
    enter: ({ name, from, to }) => {
      if (PARTS.has(name)) found.push(state.doc.sliceString(from, to));
    },
  });
  return [...new Set(found)];
}
