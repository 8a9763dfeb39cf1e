/** A whole dashboard as its file's text. */
import type { DashboardDocument } from "@dmon/model";
import { Modal } from "@mantine/core";
import { useState } from "react";
import { messageOfError } from "../../api/client.ts";
import classes from "./dashboards.module.css";

export interface JsonEditorProps {
  readonly document: DashboardDocument;
  readonly onDone: (document: DashboardDocument) => void;
  readonly onClose: () => void;
}

export function JsonEditor({ document, onDone, onClose }: JsonEditorProps) {
  const [text, setText] = useState(() => JSON.stringify(document, undefined, 2));
  const [problem, setProblem] = useState("");
  const apply = () => {
    try {
      const next = JSON.parse(text) as Partial<DashboardDocument> | null;
      if (typeof next?.title !== "string" || !Array.isArray(next.panels))
        throw new Error("It needs a title and a list of panels.");
      onDone({ ...(next as DashboardDocument), schema: 1 });
    } catch (error) {
      setProblem(messageOfError(error));
    }
  };
  return (
    <Modal opened onClose={onClose} title="Dashboard as JSON" size="xl" closeButtonProps={{ "aria-label": "Close" }}>
      <div className={classes.form}>
        <textarea
          aria-label="The dashboard's JSON"
          className={classes.code}
          rows={24}
          value={text}
          spellCheck={false}
          onChange={(event) => setText(event.target.value)}
        />
        {problem !== "" && (
          <p className={classes.problem} role="alert">
            {problem}
          </p>
        )}
        <button type="button" className={classes.primary} onClick={apply}>
          Apply
        </button>
      </div>
    </Modal>
  );
}
