import { Token } from "cdktf";
import { z } from "zod";

// Value types of Distribution's configuration. A value that Terraform fills in later (a token) passes every check.

const known = (value: unknown) => !Token.isUnresolved(value);

/** A whole number between two bounds, both included. */
export const int = (min: number, max = Number.POSITIVE_INFINITY) =>
  z.number().refine((value) => !known(value) || (Number.isInteger(value) && value >= min && value <= max), {
    error: `must be a whole number ${max === Number.POSITIVE_INFINITY ? `≥ ${min}` : `${min}–${max}`}`,
  });

/** A text that is not empty. */
export const text = () => z.string().min(1, "must not be empty");

/** A text of a given form. */
export const form = (pattern: RegExp, rule: string) =>
  z.string().refine((value) => !known(value) || pattern.test(value), { error: rule });

/** Go's notation with a unit. A bare number would be nanoseconds. */
export const duration = () =>
  form(/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/, "must be a duration with its unit, e.g. 10s, 5m, 168h");

const SECONDS: Record<string, number> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

/** Seconds of a duration in Go's notation; 0 for `0`. `undefined` when Terraform fills it in later. */
export function seconds(text: string): number | undefined {
  if (!known(text)) return undefined;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g);
  return [...parts].reduce((sum, [, count, unit]) => sum + Number(count) * (SECONDS[unit ?? ""] ?? 0), 0);
}

/** `http://` or `https://`, with a host. */
export const url = () => form(/^https?:\/\/[^/\s]+/, "must be a URL that starts with http:// or https://");

/** A URL of scheme and host only. */
export const origin = () =>
  form(/^https?:\/\/[^/\s?#]+\/?$/, "must be scheme and host only, e.g. https://s3.example.com");

/** `host:port`, the host may be left out. */
export const hostPort = () => form(/^\S*:\d{1,5}$/, "must be host:port, e.g. :5000 or 127.0.0.1:5001");

/** A file or directory inside the container. */
export const path = () => form(/^\//, "must be an absolute path inside the container");

export const headers = () => z.record(z.string(), z.array(z.string(), { error: "must be a list, even of one value" }));

/** Whether a key's value is secret even when it is no token. */
export function isSecretKey(key: string): boolean {
  return /(^|\.)(secret|secretkey|accesskey|password|sentinelpassword)$|\.headers\.authorization/i.test(key);
}
