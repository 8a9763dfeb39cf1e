import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AnswerReader } from "./answer-reader.ts";

/** Gives `text` in pieces that end at `cuts`, and the end of the connection where the answer waits for it. */
function read(text: string, cuts: readonly number[] = [], limit = 1e6) {
  const reader = new AnswerReader(limit);
  const bytes = Buffer.from(text, "latin1");
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const end of [...ends, bytes.length]) {
    // The reader may keep nothing of a buffer that others read into.
    const piece = Buffer.from(bytes.subarray(from, end));
    if (piece.length > 0) reader.give(piece);
    piece.fill(0x21);
    from = end;
  }
  if (!reader.isDone) reader.end();
  const { status, statusText, headers, keepsAlive } = reader;
  return { status, statusText, headers: { ...headers }, keepsAlive, body: reader.body.toString("latin1") };
}

const LENGTH =
  "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nDate: now\r\nContent-Length: 4\r\n\r\na 1\n";
const CHUNKED =
  "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n3;x=y\r\na 1\r\n1\r\n\n\r\nA\r\n0123456789\r\n0\r\nExpires: 0\r\n\r\n";
const UNTIL_CLOSE = "HTTP/1.0 200 Fine\nContent-Type:text/plain\n\na 1\nb 2\n";
const EARLY = `HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${LENGTH}`;
const EMPTY = "HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n";

const ANSWERS: readonly [string, string, Partial<ReturnType<typeof read>>][] = [
  ["a body of known length", LENGTH, { status: 200, statusText: "OK", body: "a 1\n", keepsAlive: true }],
  ["a body in chunks, with an extension and a trailer", CHUNKED, { body: "a 1\n0123456789", keepsAlive: true }],
  [
    "a body that ends with the connection, lines with line feeds only",
    UNTIL_CLOSE,
    { statusText: "Fine", headers: { "content-type": "text/plain" }, body: "a 1\nb 2\n", keepsAlive: false },
  ],
  ["an answer behind an early one", EARLY, { status: 200, body: "a 1\n", keepsAlive: true }],
  ["an answer without a body, whatever its header says", EMPTY, { status: 204, body: "", keepsAlive: true }],
  ["a status without words", "HTTP/1.1 500\r\nContent-Length: 0\r\n\r\n", { status: 500, statusText: "", body: "" }],
  [
    "a connection that the target closes",
    "HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nx",
    { body: "x", keepsAlive: false },
  ],
  [
    "a connection of HTTP/1.0 that stays open",
    "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\nx",
    { body: "x", keepsAlive: true },
  ],
  [
    "the same length said twice",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
    { headers: { "content-length": "1, 1" }, body: "x" },
  ],
  [
    "chunks beside a length, after which the connection is not used again",
    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
    { body: "x", keepsAlive: false },
  ],
  [
    "more bytes than were asked for, after which the connection is not used again",
    `${LENGTH}HTTP/1.1 200 OK\r\n`,
    { body: "a 1\n", keepsAlive: false },
  ],
];

describe("AnswerReader", () => {
  it.each(ANSWERS)("reads %s", (_, text, expected) => {
    expect(read(text)).toMatchObject(expected);
  });

  it("reads the same in whatever pieces it comes", () => {
    for (const [, text] of ANSWERS) {
      fc.assert(
        fc.property(fc.array(fc.nat(1000), { maxLength: 12 }), (cuts) => {
          expect(read(text, cuts)).toEqual(read(text));
        }),
        { numRuns: 100 },
      );
      const everyByte = Array.from({ length: text.length }, (_, i) => i);
      expect(read(text, everyByte)).toEqual(read(text));
    }
  });

  it.each([
    ["", "EOF"],
    ["HTTP/1.1 200 OK\r\nContent-Le", "unexpected EOF"],
    [LENGTH.slice(0, -1), "unexpected EOF"],
    [CHUNKED.slice(0, -2), "unexpected EOF"],
    ["SSH-2.0-OpenSSH\r\n\r\n", 'malformed HTTP response "SSH-2.0-OpenSSH"'],
    ["HTTP/2 200 OK\r\n\r\n", "malformed HTTP response"],
    ["HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "malformed MIME header line: no colon"],
    ["HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n", "malformed MIME header line"],
    ["HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", 'bad Content-Length "-1"'],
    ["HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "bad Content-Length"],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "unsupported transfer encoding"],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", "invalid byte in chunk length"],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n", "malformed chunked encoding"],
    [`HTTP/1.1 200 OK\r\nA: ${"x".repeat(20_000)}\r\n\r\n`, "header too large"],
    [`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;${"x".repeat(5000)}`, "chunk line too long"],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\n", "invalid byte in chunk length"],
  ])("refuses %j", (text, message) => {
    expect(() => read(text)).toThrow(message);
    expect(() => read(text, [7, 30, 48, 60, 9000])).toThrow(message);
  });

  it.each([
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\n",
    "HTTP/1.1 200 OK\r\n\r\nabcde",
  ])("gives up as soon as a body is too long: %j", (text) => {
    expect(() => read(text, [], 4)).toThrow(expect.objectContaining({ code: "body_size_limit" }));
  });
});
