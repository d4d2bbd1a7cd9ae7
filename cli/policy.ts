import { existsSync, readFileSync } from "node:fs";
import { Failure } from "../operations/failure";

/** Severities and accepted findings of a project, beside its environments. */
const POLICY_FILE = "review.yaml";

/**
 * The text of a policy for the review: the named file's, or `review.yaml`'s where there is one.
 * @throws Failure when the named file is not there
 */
export function readPolicy(file?: string): string | undefined {
  if (file !== undefined && !existsSync(file)) throw new Failure(`there is no file ${file}`, "name it with --policy");
  const path = file ?? POLICY_FILE;
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}
