/** Password hashes of the web configuration: bcrypt, as Prometheus' `web.yml` wants them. */
import bcrypt from "bcryptjs";

/** @param cost the base-2 logarithm of the rounds, 4–31 */
export function hashPassword(password: string, cost: number): Promise<string> {
  return bcrypt.hash(password, cost);
}
