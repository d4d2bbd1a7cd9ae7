import { InvalidArgumentError } from "commander";

// Options that several commands have.

export const YES = ["--yes", "do not ask"] as const;
export const VERBOSE = ["--verbose", "show the output of the tools, too"] as const;
export const JSON_RESULT = ["--json", "print the result as JSON"] as const;
export const CA = ["--ca <file>", "PEM file of a private CA to trust"] as const;
export const METRICS = [
  "--metrics <file>",
  "write metrics of the run to this file, for node_exporter's textfile collector",
] as const;
export const RCLONE_IMAGE = ["--image <reference>", "rclone's image, in place of the pinned one"] as const;
export const BACKUP_SOURCE = [
  "--from <target>",
  "where the backups are, as `backup --to` had it (default: backup.target of the environment file)",
] as const;
export const USER = ["--user <name>", "log in as this user, not as the one that secrets init made"] as const;
export const PASSWORD_STDIN = ["--password-stdin", "read that user's password from standard input"] as const;

/** Reads a whole number of a range, both ends included. */
export function wholeNumber(min: number, max = Number.POSITIVE_INFINITY): (text: string) => number {
  const range = max === Number.POSITIVE_INFINITY ? `, ${min} or more` : ` ${min}–${max}`;
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= min && number <= max) return number;
    throw new InvalidArgumentError(`It must be a whole number${range}.`);
  };
}

/** A time in the past as seconds since 1970. */
export function since(text: string): number {
  const [, amount, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const ago = unit && { s: 1, m: 60, h: 3600, d: 86_400 }[unit];
  // `Date.parse` takes 10 for October 2001.
  const date = /^\d{1,3}$/.test(text) ? Number.NaN : Date.parse(text);
  const time = ago ? Date.now() / 1000 - Number(amount) * ago : date / 1000;
  if (Number.isNaN(time)) throw new InvalidArgumentError("It must be like 30s, 10m, 2h, 3d, or a date.");
  return Math.floor(time);
}
