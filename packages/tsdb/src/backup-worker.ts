/** A thread that makes one backup and says how it went: `{}`, or `{ error }`. Started by the server for snapshots. */
import { parentPort, workerData } from "node:worker_threads";
import { messageOf } from "@dmon/model";
import { backupStore } from "./backup.ts";

const { dir, target, skipHead } = workerData as { dir: string; target: string; skipHead: boolean };
try {
  await backupStore(dir, target, { skipHead });
  parentPort?.postMessage({});
} catch (error) {
  parentPort?.postMessage({ error: messageOf(error) });
}
