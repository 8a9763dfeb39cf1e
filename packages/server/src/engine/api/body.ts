/** Reads a JSON body against its schema, with an error that says what is wrong where. */
import { DmonError, messageOf } from "@dmon/model";
import { z } from "zod";

/** @throws {DmonError} `bad_parameter` */
export function jsonBody<T>(body: Uint8Array, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(body).toString("utf8"));
  } catch (cause) {
    throw new DmonError("bad_parameter", `the body is not JSON: ${messageOf(cause)}`, { cause });
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new DmonError("bad_parameter", `the body is wrong: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
