/** `--interval` of the commands that read this machine themselves. */
import { messageOf, parseDuration } from "@dmon/model";
import { InvalidArgumentError, Option } from "commander";

/** An option whose value is milliseconds; less than `leastMs` becomes that. */
export function intervalOption(description: string, leastMs: number): Option {
  return new Option("--interval <duration>", description).default(1000, "1s").argParser((text) => {
    try {
      return Math.max(leastMs, parseDuration(text));
    } catch (error) {
      throw new InvalidArgumentError(messageOf(error));
    }
  });
}
