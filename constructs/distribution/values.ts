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

export const MIB = 1024 * 1024;
export const GIB = 1024 * MIB;

/** Whether a key's value is secret even when it is no token. */
export function isSecretKey(key: string): boolean {
  return /(^|\.)(secret|secretkey|accesskey|password|sentinelpassword)$|\.headers\.authorization/i.test(key);
}
