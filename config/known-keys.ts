import type { z } from "zod";
import type { KeyPath } from "./diagnostic";
import { environmentSchema } from "./schema";

/** What zod keeps about a schema, as far as the keys of a file depend on it. */
interface Definition {
  readonly type: string;
  readonly shape?: Record<string, z.core.$ZodType>;
  readonly innerType?: z.core.$ZodType;
  readonly element?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
  readonly discriminator?: string;
  readonly values?: readonly unknown[];
}

const definition = (schema: z.core.$ZodType) => schema._zod.def as unknown as Definition;

/** The keys that are valid where a path leads; of a choice, those of the branch that the data takes. */
export function knownKeysAt(path: KeyPath, data: unknown): string[] {
  let schemas: z.core.$ZodType[] = [environmentSchema];
  let value = data;
  for (const part of path) {
    schemas = branches(schemas, value).flatMap((schema) => inner(schema, part) ?? []);
    value = (value as Record<string | number, unknown> | undefined)?.[part];
  }
  return branches(schemas, value).flatMap((schema) => Object.keys(definition(schema).shape ?? {}));
}

/** What people write first, and where it belongs: names that are no misspelling of what is meant. */
const MEANT: Readonly<Record<string, string>> = {
  "images.registry": "images.distribution",
  "images.storage": "images.rustfs",
  "images.s3": "images.rustfs",
  "images.minio": "images.rustfs",
  "registry.image": "images.distribution",
  "registry.version": "images.distribution",
  "storage.image": "images.rustfs",
  "storage.rustfs.image": "images.rustfs",
  "registry.hostname": "registry.host",
  "registry.domain": "registry.host",
  "registry.url": "registry.host",
  "registry.port": "registry.publish.port",
  "registry.ports": "registry.publish.port",
  "registry.address": "registry.publish.address",
  "registry.listen": "registry.publish.address",
  "registry.bind": "registry.publish.address",
  "registry.publish.ip": "registry.publish.address",
  "registry.publish.host": "registry.publish.address",
  "registry.letsEncrypt": "registry.tls",
  "registry.https": "registry.tls",
  "registry.storage": "storage",
  "storage.minio": "storage.rustfs",
  "storage.volume": "storage.rustfs.volume",
  "storage.bucket": "storage.rustfs.bucket",
  "docker.socket": "docker.host",
  "docker.url": "docker.host",
};

/** The nearest known key for an unknown one: at its own level, else the whole path of one elsewhere. */
export function suggestKey(path: KeyPath, unknown: string, data: unknown): KeyPath | undefined {
  const written = [...path, unknown].join(".");
  const meant = Object.hasOwn(MEANT, written) ? MEANT[written] : undefined;
  if (meant) return meant.split(".");
  const near = nearest(unknown, knownKeysAt(path, data));
  if (near) return [...path, near];
  const elsewhere = allKeys(environmentSchema, []);
  const name = nearest(unknown, [...new Set(elsewhere.map((keys) => String(keys.at(-1))))]);
  // The one that shares most of its path with where the key was written.
  return elsewhere.filter((keys) => keys.at(-1) === name).sort((a, b) => shared(b, path) - shared(a, path))[0];
}

/** For a key of another branch of a choice: the key that chooses, and the branch's word, e.g. `mode` and `certificate`. */
export function branchWith(path: KeyPath, key: string): { key: string; value: string } | undefined {
  const schemas = path.reduce<z.core.$ZodType[]>(
    (around, part) => branches(around, undefined).flatMap((schema) => inner(schema, part) ?? []),
    [environmentSchema],
  );
  for (const schema of schemas.map(unwrap)) {
    const { options = [], discriminator } = definition(schema);
    const shape = options.map((option) => definition(option).shape).find((one) => one && Object.hasOwn(one, key));
    const literal = discriminator === undefined ? undefined : shape?.[discriminator];
    if (discriminator && literal) return { key: discriminator, value: String(definition(literal).values?.[0]) };
  }
  return undefined;
}

/** The word that differs least, if it is near enough to be meant. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const [best] = candidates
    .map((candidate) => ({ candidate, distance: difference(simplify(word), simplify(candidate)) }))
    .sort((a, b) => a.distance - b.distance);
  return best && best.distance <= Math.max(1, Math.floor(word.length / 4)) ? best.candidate : undefined;
}

/** Looks through what only makes a schema optional. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const { innerType } = definition(schema);
  return innerType ? unwrap(innerType) : schema;
}

/** Looks through defaults and options, and takes the branch of each choice that the data names. */
function branches(schemas: readonly z.core.$ZodType[], value: unknown): z.core.$ZodType[] {
  return schemas.flatMap((schema) => {
    const { options, discriminator } = definition(unwrap(schema));
    if (!options) return [unwrap(schema)];
    const chosen = (value as Record<string, unknown> | undefined)?.[discriminator ?? ""];
    const matching = options.filter((option) => {
      const literal = definition(option).shape?.[discriminator ?? ""];
      return literal && definition(literal).values?.includes(chosen);
    });
    return branches(matching.length > 0 ? matching : options, value);
  });
}

function inner(schema: z.core.$ZodType, part: string | number): z.core.$ZodType | undefined {
  const { shape, element, valueType } = definition(schema);
  return shape ? shape[part] : (element ?? valueType);
}

function allKeys(schema: z.core.$ZodType, path: KeyPath): KeyPath[] {
  return branches([schema], undefined).flatMap((branch) =>
    Object.entries(definition(branch).shape ?? {}).flatMap(([key, child]) => [
      [...path, key],
      ...allKeys(child, [...path, key]),
    ]),
  );
}

function shared(a: KeyPath, b: KeyPath): number {
  const end = a.findIndex((part, index) => part !== b[index]);
  return end < 0 ? a.length : end;
}

const simplify = (word: string) => word.toLowerCase().replace(/[^a-z0-9]/g, "");

/** Like the distance, but a unit left out (`timeout`) or a longer form (`warning`) counts as one letter. */
function difference(a: string, b: string): number {
  const [shorter, longer] = a.length < b.length ? [a, b] : [b, a];
  const isBeginning = shorter.length >= 4 && longer.startsWith(shorter);
  return Math.min(distance(a, b), isBeginning ? 1 : Number.POSITIVE_INFINITY);
}

/** How many letters must be typed, removed, changed or swapped to make one word of the other. */
function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const ways = [at(rows, i - 1, j) + 1, (row[j - 1] ?? 0) + 1, at(rows, i - 1, j - 1) + (same ? 0 : 1)];
      row.push(Math.min(...ways, swapped ? at(rows, i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY));
    }
    rows.push(row);
  }
  return at(rows, a.length, b.length);
}

const at = (rows: readonly (readonly number[])[], row: number, column: number) =>
  rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
