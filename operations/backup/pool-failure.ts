import { Failure } from "../failure";
import type { RcloneResult } from "./copier";

/** A storage's own words, out of those of the libraries around it. */
export function reasonOf(message: string): string {
  const [, code, said] = /api error (\w+): (.*)$/.exec(message) ?? [];
  return code ? `the storage answers ${code}: ${said}` : message.replace(/^Failed to calculate hash: /, "");
}

const FULL =
  /no space left|remaining disk space|not enough space|QuotaExceeded|StorageFull|InsufficientStorage|disk quota|XMinioStorageFull/i;

const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [FULL, "make room there, then run it again: what was copied stays"],
  [/read-only file system/i, "mount the target's file system for writing"],
  [/permission denied|AccessDenied|Forbidden/i, "let the target's key or user read and write there"],
  [/InvalidAccessKeyId|SignatureDoesNotMatch/, "correct access_key and secret_key of the target"],
  [/NoSuchBucket/, "make the bucket of the target first"],
  [/knownhosts|host key/i, "write the host's key into the known_hosts file"],
  [
    /no such host|connection refused|i\/o timeout|no route to host|network is unreachable/i,
    "the target must be reachable from the containers beside the registry; localhost is not",
  ],
];

/** Whether there was no room for what was to be written. */
export function isFull({ errors }: RcloneResult): boolean {
  return errors.some(({ message }) => FULL.test(message));
}

/**
 * What rclone said, with what to do about it.
 * @param what was to be done, and with which target
 * @param otherwise what to say when rclone said nothing
 */
export function poolFailure(what: string, { errors, code }: RcloneResult, otherwise?: string): Failure {
  const told = [...new Set(errors.map(({ message }) => message))];
  // What rclone says of the whole run repeats what it said of a file.
  const own = told.filter((one) => !/^(?:Attempt \d|Failed to \w+(?: with \d+ errors)?: )/.test(one));
  const said = own.length > 0 ? own : told;
  const last = said.at(-1) ?? otherwise ?? `rclone ended with exit code ${code}`;
  const [, remedy] = REMEDIES.find(([pattern]) => said.some((one) => pattern.test(one))) ?? [];
  return new Failure(`Could not ${what}: ${last}`, remedy, said.slice(0, 5).join("\n"));
}
