/** `GET /api/v1/live`: takes over the WebSocket handshake, with the same guard as every request. */
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { httpFailure } from "../http-errors.ts";
import type { LiveHub } from "../live/hub.ts";
import { checkOrigin, type Guard } from "../security/guard.ts";

const PATH = "/api/v1/live";
/** Largest message of a client, bytes. */
const MAX_REQUEST_BYTES = 64 * 1024;

export function attachLive(server: Server, hub: LiveHub, guard: Guard): void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_REQUEST_BYTES, perMessageDeflate: false });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    void accept(request, guard).then(
      () => sockets.handleUpgrade(request, socket, head, (webSocket) => hub.connect(webSocket)),
      (error: unknown) => refuse(socket, error),
    );
  });
}

async function accept(request: IncomingMessage, guard: Guard): Promise<void> {
  if ((request.url ?? "").split("?")[0] !== PATH) throw new Error("no stream here");
  const identity = await guard.check(request.headers, "read");
  // A page of another site may open a WebSocket to us, and could read what it says: unlike for other reads, no browser stops it.
  if (identity.kind !== "token") checkOrigin(request.headers, "ingest");
}

function refuse(socket: Duplex, error: unknown): void {
  const { status, body } = httpFailure(error);
  const code = status === 500 ? 404 : status;
  const text = JSON.stringify(body);
  socket.end(
    `HTTP/1.1 ${code} ${code === 401 ? "Unauthorized" : code === 403 ? "Forbidden" : "Not Found"}\r\n` +
      `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  );
}
