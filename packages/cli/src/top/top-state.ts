/** What the person at the keyboard has chosen, and how keys change it. Pure. */
import { PROCESS_SORTS, type ProcessSort } from "./process-list.ts";

export type View = "processes" | "containers";

export interface TopState {
  readonly view: View;
  readonly sort: ProcessSort;
  readonly reversed: boolean;
  readonly filter: string;
  /** The filter is being typed. */
  readonly typing: boolean;
  readonly kernelThreads: boolean;
  readonly paused: boolean;
  readonly help: boolean;
  /** The process under the cursor; undefined where there is no cursor. */
  readonly selected: number | undefined;
  readonly intervalMs: number;
}

export const INITIAL_STATE: TopState = {
  view: "processes",
  sort: "cpu",
  reversed: false,
  filter: "",
  typing: false,
  kernelThreads: false,
  paused: false,
  help: false,
  selected: undefined,
  intervalMs: 1000,
};

const MIN_INTERVAL_MS = 250;
const MAX_INTERVAL_MS = 30_000;

/** `end` where the key ends the program. Moves of the cursor are the list's business. */
export function applyKey(state: TopState, key: string): TopState | "end" {
  if (key === "ctrl-c") return "end";
  if (state.typing) return typeFilter(state, key);
  if (state.help) return { ...state, help: false };
  const sort = PROCESS_SORTS.find((one) => one.key === key)?.name;
  if (sort !== undefined) return { ...state, sort, reversed: state.sort === sort ? !state.reversed : false };
  switch (key) {
    case "q":
      return "end";
    case "escape":
      return { ...state, filter: "", selected: undefined };
    case "/":
      return { ...state, typing: true };
    case "r":
      return { ...state, reversed: !state.reversed };
    case "k":
      return { ...state, kernelThreads: !state.kernelThreads };
    case "tab":
    case "backtab":
      return { ...state, view: state.view === "processes" ? "containers" : "processes" };
    case "space":
      return { ...state, paused: !state.paused };
    case "h":
    case "?":
    case "f1":
      return { ...state, help: true };
    case "+":
    case "=":
      return { ...state, intervalMs: Math.min(MAX_INTERVAL_MS, state.intervalMs * 2) };
    case "-":
      return { ...state, intervalMs: Math.max(MIN_INTERVAL_MS, state.intervalMs / 2) };
    default:
      return state;
  }
}

function typeFilter(state: TopState, key: string): TopState {
  const { filter } = state;
  if (key === "enter") return { ...state, typing: false };
  if (key === "escape") return { ...state, typing: false, filter: "" };
  if (key === "backspace") return { ...state, filter: [...filter].slice(0, -1).join("") };
  if (key === "ctrl-u") return { ...state, filter: "" };
  if (key === "space") return { ...state, filter: `${filter} ` };
  return [...key].length === 1 ? { ...state, filter: filter + key } : state;
}
