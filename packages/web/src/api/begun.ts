/** What `boot.js` began while this script was still being loaded: the live connection, and answers to the overview's first questions. */

export interface BegunSocket {
  readonly socket: WebSocket;
  /** What came on it. */
  readonly messages: readonly MessageEvent[];
}

interface Begun extends BegunSocket {
  /** By address. Undefined where it failed: whoever needs it asks again. */
  readonly answers: Map<string, Promise<unknown>>;
}

const begun = (globalThis as { readonly dmonBegun?: Begun }).dmonBegun;

export const begunSocket: BegunSocket | undefined = begun;

/** The answer that is on its way to this address, once; undefined where none is. */
export function takeBegunAnswer(url: string): Promise<unknown> | undefined {
  const answer = begun?.answers.get(url);
  begun?.answers.delete(url);
  return answer;
}
