/**
 * Drawing, once a frame for all charts of the page: what asks to be drawn waits for the browser's next frame, however often it
 * asks, and all of them are drawn in one go. Sixty charts in frames of their own are sixty compositions of the whole window.
 *
 * Jobs write (to canvases, to texts) and read no layout: a read after another's write would lay out the page anew for each.
 * A page that is hidden gets no frames: jobs wait until it is seen again.
 */

const waiting = new Set<() => void>();
let isScheduled = false;

/** @param job runs once in the next frame; asking again before has no effect */
export function drawNextFrame(job: () => void): void {
  waiting.add(job);
  schedule();
}

function schedule(): void {
  if (isScheduled || waiting.size === 0) return;
  isScheduled = true;
  requestAnimationFrame(drawAll);
}

/** The live stream draws once a second; what is not part of it is in no hurry and is drawn along with it, or by then. */
const SOON_MS = 1000;
let soonTimer: ReturnType<typeof setTimeout> | undefined;

/** As `drawNextFrame`, with the next frame that is drawn anyway: a frame for one chart costs nearly what one for all does. */
export function drawSoon(job: () => void): void {
  waiting.add(job);
  if (isScheduled || soonTimer !== undefined) return;
  soonTimer = setTimeout(() => {
    soonTimer = undefined;
    schedule();
  }, SOON_MS);
}

/** Charts that follow the stream are drawn at least so often. */
const RHYTHM_MS = 1500;
let lastDrawnMs = Number.NEGATIVE_INFINITY;

/**
 * Resolves in the frame in which the charts are drawn next, at once where none are being drawn: for what is asked every few
 * seconds and shown beside live charts. Waits a second at most.
 */
export function alongWithCharts(): Promise<void> {
  if (document.hidden || performance.now() - lastDrawnMs > RHYTHM_MS) return Promise.resolve();
  return new Promise((resolve) => drawSoon(resolve));
}

export function cancelDrawing(job: () => void): void {
  waiting.delete(job);
}

/** Texts to be written once all is drawn in this frame; undefined between frames. */
let texts: (() => void)[] | undefined;

/**
 * Runs a job of the frame that is being drawn after all others, outside of a frame at once: writing texts between the drawings
 * would have the page laid out for each, as a canvas that draws a text asks for its font, and may be in a container whose size
 * decides about styles.
 */
export function writeWhenDrawn(job: () => void): void {
  if (texts === undefined) job();
  else texts.push(job);
}

function drawAll(): void {
  isScheduled = false;
  clearTimeout(soonTimer);
  soonTimer = undefined;
  lastDrawnMs = performance.now();
  const jobs = [...waiting];
  waiting.clear();
  texts = [];
  run(jobs);
  const after = texts;
  texts = undefined;
  run(after);
}

function run(jobs: readonly (() => void)[]): void {
  for (const job of jobs) {
    try {
      job();
    } catch (error) {
      // One chart that cannot be drawn does not take the others with it.
      reportError(error);
    }
  }
}

/** Writes a text where it differs, into the text node that is there: replacing the node costs a style pass. */
export function writeText(element: HTMLElement, text: string): void {
  const node = element.firstChild;
  if (node === null) {
    if (text !== "") element.append(text);
  } else if (node instanceof Text && node.nextSibling === null) {
    if (node.data !== text) node.data = text;
  } else element.textContent = text;
}
