import { z } from "zod";
import {
  ADDRESS,
  CERTIFIABLE_HOST,
  CLIENT_HOST,
  origin as originOf,
  PORT,
  url as urlOf,
} from "../../constructs/values/addresses";
import { RESTART } from "../../constructs/values/choices";
import { RESTARTS } from "../../constructs/values/defaults";
import { CPUS } from "../../constructs/values/limits";
import {
  BUCKET,
  dockerName as dockerNameOf,
  HEADER_NAME,
  HEADER_VALUE,
  KEY_PREFIX,
  LABEL_NAME,
  localPath,
  REGION,
} from "../../constructs/values/names";
import { PUBLISH_ADDRESS } from "../../constructs/values/publish";
import { type ChoiceType, type NumberType, type TextType, textOf, wholeNumber } from "../../constructs/values/value";

/** A zod message made of a rule and what to do about it, one a line; `schema-check.ts` takes it apart again. */
export function says(rule: string, fix: string): string {
  return `${rule}\n${fix}`;
}

/** A text of a type that constructs check too. */
export function form({ rule, fix, pattern, accepts }: TextType) {
  const error = says(rule, fix);
  return z.string({ error }).regex(pattern, { error }).refine(accepts, { error });
}

/** A number of a type that constructs check too. */
export function number({ rule, fix, min, max, fractions }: NumberType) {
  const type = fractions ? z.number({ error: says(rule, fix) }) : z.int({ error: says(rule, fix) });
  return type
    .min(min, { error: says(rule, `write ${min} or more`) })
    .max(max, { error: says(rule, `write ${max} or less`) });
}

/** The bounds of a number, for a description: `1–65535`. */
export function range({ min, max }: NumberType): string {
  return `${min}–${max}`;
}

/** One of the words of a type that constructs check too; the message is made from the words. */
export function word<const T extends string>({ words }: ChoiceType<T>) {
  return z.enum(words);
}

/** Text of a given form, of a key that only files have. */
export function text(rule: string, fix: string, pattern?: RegExp) {
  return form(textOf(rule, fix, pattern));
}

/** A whole number between two bounds, both included, of a key that only files have. */
export function whole(min: number, max: number, fix: string, unit = "") {
  return number(wholeNumber(min, max, fix, unit));
}

/** True or false. */
export function flag() {
  return z.boolean({ error: says("must be true or false", "write true or false, without quotes") });
}

/** One of a few words, of a key that only files have; the message is made from the words. */
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
export const port = () => number(PORT);

/** Addresses of the Docker host to publish on. */
export function address() {
  const { rule, fix } = PUBLISH_ADDRESS;
  const several = list(form(ADDRESS), "addresses", 1, 16).refine((all) => new Set(all).size === all.length, {
    error: says("must list an address once", "remove one of the two"),
  });
  return z.union([form(PUBLISH_ADDRESS), several], { error: says(rule, fix) });
}

/** What clients write before the repository's name. */
export const clientHost = () => form(CLIENT_HOST);

/** A DNS name of the kind an ACME server gives a certificate for. */
export const certifiableHost = () => form(CERTIFIABLE_HOST);

/** An http or https URL. */
export const url = (fix: string) => form(urlOf(fix));

/** Scheme, host and port only. */
export const origin = (fix: string, schemes?: "https") => form(originOf(fix, schemes));

/** A path of a file or folder; which machine it is on is said by the key that uses it. */
export function path(fix: string) {
  return form(localPath(fix));
}

/** Name of a Docker volume or network. */
export const dockerName = (what: "volume" | "network") => form(dockerNameOf(what));

export const bucketName = () => form(BUCKET);

export const region = () => form(REGION);

/** Folder inside a bucket. */
export const keyPrefix = () => form(KEY_PREFIX);

const anyText = () => text("must be text", 'put the value in quotes, e.g. "8080"', /^/);

/** A map from names of a given form to text. */
export function textMap(names: z.ZodString) {
  return z.record(names, anyText());
}

/** Docker labels. */
export const labels = () => textMap(form(LABEL_NAME));

/** HTTP header names. */
export const headerName = () => form(HEADER_NAME);

/** HTTP headers, each with a list of values, as Distribution wants them. */
export const headers = () => z.record(headerName(), list(form(HEADER_VALUE), "values"));

/** Processors a container may use. */
export const cpus = () => number(CPUS);

/** When Docker starts a container again. */
export function restart() {
  return word(RESTART)
    .default(RESTARTS)
    .describe(
      `When Docker starts the container again. Default ${RESTARTS}: back after a crash or a reboot, not after a stop by hand.`,
    );
}
