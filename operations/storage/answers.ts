import { XMLParser } from "fast-xml-parser";

/** An object of a bucket. */
export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
  /** When it was written, in milliseconds since 1970. */
  readonly modified: number;
  /** Without quotes. The MD5 of what was written in one request. */
  readonly etag: string;
}

/** An upload in parts that was begun and neither finished nor aborted. */
export interface UnfinishedUpload {
  readonly key: string;
  readonly id: string;
  /** In milliseconds since 1970. */
  readonly started: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly isTruncated: boolean;
  /** What the next page begins after, as far as the server says. */
  readonly next?: { readonly key?: string; readonly id?: string };
}

// Without their own decoding of entities: its limit on their number would refuse a page whose ETags are quoted.
const parser = new XMLParser({
  parseTagValue: false,
  processEntities: false,
  ignoreAttributes: true,
  isArray: (name) => ["Contents", "Upload", "Part", "Error", "Deleted"].includes(name),
});

type Element = Readonly<Record<string, unknown>>;

/** @throws Error for anything that is not a whole answer of that kind: a page that was cut must not pass for a short one */
function parse(xml: string, root: string): Element {
  const document = parser.parse(xml, true) as Element;
  if (!(root in document)) throw new Error(`the storage answered something else than ${root}: ${xml.slice(0, 200)}`);
  const element = document[root];
  return typeof element === "object" && element !== null ? (element as Element) : {};
}

/** One page of ListObjectsV2. */
export function parseObjects(xml: string): Page<StoredObject> {
  const page = parse(xml, "ListBucketResult");
  const items = list(page.Contents).map((one) => ({
    key: text(one, "Key"),
    bytes: whole(one, "Size"),
    modified: time(one, "LastModified"),
    etag: optional(one, "ETag").replace(/^"|"$/g, ""),
  }));
  return { items, isTruncated: truncated(page) };
}

/** One page of ListMultipartUploads. */
export function parseUploads(xml: string): Page<UnfinishedUpload> {
  const page = parse(xml, "ListMultipartUploadsResult");
  const items = list(page.Upload).map((one) => ({
    key: text(one, "Key"),
    id: text(one, "UploadId"),
    started: time(one, "Initiated"),
  }));
  const next = { key: optional(page, "NextKeyMarker"), id: optional(page, "NextUploadIdMarker") };
  return { items, isTruncated: truncated(page), next };
}

/** One page of ListParts: bytes of each part. */
export function parseParts(xml: string): Page<number> {
  const page = parse(xml, "ListPartsResult");
  const items = list(page.Part).map((one) => whole(one, "Size"));
  return { items, isTruncated: truncated(page), next: { key: optional(page, "NextPartNumberMarker") } };
}

/** What DeleteObjects could not delete, as `KEY: CODE`. */
export function parseRemoved(xml: string): string[] {
  return list(parse(xml, "DeleteResult").Error).map((one) => `${optional(one, "Key")}: ${optional(one, "Code")}`);
}

/** The code of an error's answer, and its message. */
export function parseError(xml: string): { readonly code?: string; readonly message?: string } {
  const [code, message] = ["Code", "Message"].map((name) => new RegExp(`<${name}>([^<]*)<`).exec(xml)?.[1]);
  return { code, message: message === undefined ? undefined : decode(message) };
}

/** The body of DeleteObjects. */
export function removalOf(keys: readonly string[]): string {
  const objects = keys.map((key) => `<Object><Key>${encode(key)}</Key></Object>`).join("");
  return `<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet>${objects}</Delete>`;
}

function truncated(page: Element): boolean {
  const value = page.IsTruncated;
  if (value !== "true" && value !== "false") throw new Error("a list of the storage does not say whether it goes on");
  return value === "true";
}

function list(value: unknown): Element[] {
  return Array.isArray(value) ? (value as Element[]) : [];
}

function optional(element: Element, name: string): string {
  const value = element[name];
  return typeof value === "string" ? decode(value) : "";
}

function text(element: Element, name: string): string {
  const value = optional(element, name);
  if (value === "") throw new Error(`a list of the storage has an entry without ${name}`);
  return value;
}

function whole(element: Element, name: string): number {
  const value = text(element, name);
  if (!/^\d+$/.test(value)) throw new Error(`a list of the storage has ${name} ${value}`);
  return Number(value);
}

function time(element: Element, name: string): number {
  const value = Date.parse(text(element, name));
  if (Number.isNaN(value)) throw new Error(`a list of the storage has ${name} ${text(element, name)}`);
  return value;
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function decode(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (all, hex?: string, decimal?: string, name?: string) => {
    if (name) return ENTITIES[name] ?? all;
    return String.fromCodePoint(hex ? Number.parseInt(hex, 16) : Number(decimal));
  });
}

function encode(text: string): string {
  return text.replace(/[<>&"']/g, (one) => `&#${one.codePointAt(0)};`);
}
