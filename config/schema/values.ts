import { isIP, isIPv4 } from "node:net";
import { z } from "zod";

/** A zod message made of a rule and what to do about it, one a line; `schema-check.ts` takes it apart again. */
export function says(rule: string, fix: string): string {
  return `${rule}\n${fix}`;
}

/** Text of a given form. */
export function text(rule: string, fix: string, pattern: RegExp = /\S/) {
  const error = says(rule, fix);
  return z.string({ error }).regex(pattern, { error });
}

/** A whole number between two bounds, both included. */
export function whole(min: number, max: number, fix: string, unit = "") {
  const rule = `must be a whole number ${unit ? `of ${unit} ` : ""}${min}–${max}`;
  return z
    .int({ error: says(rule, fix) })
    .min(min, { error: says(rule, `write ${min} or more`) })
    .max(max, { error: says(rule, `write ${max} or less`) });
}

/** True or false. */
export function flag() {
  return z.boolean({ error: says("must be true or false", "write true or false, without quotes") });
}

/** One of a few words; the message is made from the words, so it needs none of its own. */
export const choice = z.enum;

/** A list with bounds on its length. */
export function list<T extends z.ZodType>(item: T, what: string, min = 1, max = 100) {
  const error = says(
    `must be a list of ${min}–${max} ${what}`,
    `write ${min}–${max} entries, one a line, each beginning with \`- \``,
  );
  return z.array(item, { error }).min(min, { error }).max(max, { error });
}

/** A TCP port. */
export function port() {
  const error = says("must be 1–65535", "choose a free port of the host, e.g. 443");
  return z.int({ error }).min(1, { error }).max(65535, { error });
}

/** An address of the Docker host to publish on. */
export function address() {
  const error = says(
    "must be an IPv4 or IPv6 address",
    "write 127.0.0.1 for this machine only, or 0.0.0.0 for all networks",
  );
  return z.string({ error }).refine((value) => isIP(value) !== 0, { error });
}

/** Whether a text is a DNS host name, one label or more. */
function isHostName(value: string): boolean {
  return (
    value.length <= 253 &&
    /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(value)
  );
}

/** A name or IPv4 address that clients write before the repository's name. */
export function clientHost() {
  const error = says(
    "must be a host name in lower case or an IPv4 address, without scheme and port",
    "write the name that clients use, e.g. registry.example.com; the port belongs to publish.port",
  );
  return z
    .string({ error })
    .refine((value) => isIPv4(value) || (isHostName(value) && !/^[\d.]+$/.test(value)), { error });
}

/** A public DNS name, of the kind an ACME server gives a certificate for. */
export function certifiableHost() {
  const error = says(
    "must be a host name with a dot, no IP address and no wildcard",
    "write the full name, e.g. registry.example.com; for an address or a wildcard use tls.mode certificate",
  );
  return z
    .string({ error })
    .refine((value) => isHostName(value) && value.includes(".") && !/\.\d+$/.test(value), { error });
}

const AUTHORITY = "(?:[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\])(?::\\d{1,5})?";

/** An http or https URL. */
export function url(fix: string) {
  return text("must be an http:// or https:// URL", fix, new RegExp(`^https?://${AUTHORITY}(?:[/?]\\S*)?$`));
}

/** Scheme, host and port only. */
export function origin(fix: string, schemes = "https?") {
  const names = schemes === "https" ? "https://" : "http:// or https://";
  return text(`must be ${names}HOST[:PORT] without a path`, fix, new RegExp(`^${schemes}://${AUTHORITY}/?$`));
}

/** A path of a file or folder; which machine it is on is said by the key that uses it. */
export function path(fix: string) {
  return text("must be a path", fix, /^[^\s\p{Cc}](?:[^\p{Cc}]*[^\s\p{Cc}])?$/u);
}

/** Name of a Docker volume or network. */
export function dockerName(what: string) {
  return text(
    `must be a ${what}'s name: letters, digits, _ . and -, at least two`,
    `write the name that \`docker ${what} ls\` shows`,
    /^[A-Za-z0-9][A-Za-z0-9_.-]+$/,
  );
}

/** S3's rules for bucket names. */
export function bucketName() {
  return text(
    "must be 3–63 lower-case letters, digits, dots and hyphens, with a letter or digit at both ends",
    "choose a name such as registry or team-registry",
    /^(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  );
}

/** A region's name. */
export function region() {
  return text("must be a region's name", "write it as the provider does, e.g. us-east-1", /^[A-Za-z0-9-]+$/);
}

/** Folder inside a bucket. */
export function keyPrefix() {
  return text(
    "must be a folder of letters, digits, _ . and -",
    "write e.g. registry/production",
    /^\/?(?:(?!\.{1,2}(?:\/|$))[A-Za-z0-9_.-]+\/)*(?!\.{1,2}$)[A-Za-z0-9_.-]+\/?$/,
  );
}

const anyText = () => text("must be text", 'put the value in quotes, e.g. "8080"', /^/);

/** A map from names of a given form to text. */
export function textMap(names: z.ZodString) {
  return z.record(names, anyText());
}

/** Docker labels. */
export function labels() {
  return textMap(text("must be a label's name without spaces", "write e.g. com.example.team", /^\S+$/));
}

/** HTTP header names. */
export function headerName() {
  return text("must be the name of an HTTP header", "write e.g. X-Frame-Options", /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/);
}

/** HTTP headers, each with a list of values, as Distribution wants them. */
export function headers() {
  const value = text("must be one line of text", "put the value in quotes", /^[^\p{Cc}]*$/u);
  return z.record(headerName(), list(value, "values"));
}

/** Processors a container may use. */
export function cpus() {
  const error = says("must be a number 0.01–1024", "write the processors it may use, e.g. 1.5");
  return z.number({ error }).min(0.01, { error }).max(1024, { error });
}

/** Seconds between asking a container to stop and killing it. */
export function stopTimeout(min: number) {
  return whole(min, 3600, "write seconds as a bare number, e.g. 40", "seconds");
}

/** When Docker starts a container again. */
export function restart() {
  return choice(["no", "on-failure", "always", "unless-stopped"])
    .default("unless-stopped")
    .describe(
      "When Docker starts the container again. Default unless-stopped: back after a crash or a reboot, not after a stop by hand.",
    );
}
