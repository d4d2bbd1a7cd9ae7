import { createHash } from "node:crypto";
import type { Agent, IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { Failure } from "../failure";
import type { StorageAccess } from "./access";
import {
  type Page,
  parseObjects,
  parseParts,
  parseRemoved,
  parseUploads,
  removalOf,
  type StoredObject,
  type UnfinishedUpload,
} from "./answers";
import { ABSENT, type RequestSettings, type StorageRequest, StorageRequests } from "./requests";

/** What S3 deletes with one request. */
const MOST_AT_ONCE = 1000;

/** An object's bytes, as they come. */
export interface ObjectStream {
  readonly bytes: number;
  readonly body: Readable;
}

/** A bucket, as far as operations on a registry need it. What is cut or fails is asked for again, then a `Failure`; never taken for absent. */
export class S3Client {
  private readonly requests: StorageRequests;
  private readonly agent: Agent;

  constructor(access: StorageAccess, agent: Agent, settings: RequestSettings) {
    this.agent = agent;
    this.requests = new StorageRequests(access, agent, settings);
  }

  /** Every object whose key begins with a text, in the order of the keys. */
  public async *list(prefix: string, pageSize = MOST_AT_ONCE): AsyncGenerator<StoredObject> {
    // By key, not by the server's token: a key means the same after a restart of the server.
    for (let after = ""; ; ) {
      const query = { "list-type": "2", "max-keys": String(pageSize), prefix, ...(after && { "start-after": after }) };
      const page = await this.page(query, parseObjects);
      for (const object of page.items) {
        if (object.key <= after && after !== "") throw new Failure(`The storage lists ${object.key} after ${after}`);
        yield object;
        after = object.key;
      }
      if (!page.isTruncated) return;
      if (page.items.length === 0) throw new Failure("The storage says that a list continues, but returns no entries");
    }
  }

  /** An object's content, whole; nothing: it is not there. */
  public async read(key: string): Promise<Buffer | undefined> {
    return absentAsUndefined(await this.requests.send({ method: "GET", key }, (answer) => this.whole(answer)));
  }

  /** An object's content as it comes; a connection that is cut is taken up again where it ended. Nothing: it is not there. */
  public async stream(key: string): Promise<ObjectStream | undefined> {
    const first = absentAsUndefined(await this.requests.send({ method: "GET", key }, async (answer) => answer));
    if (!first) return undefined;
    const bytes = Number(first.headers["content-length"]);
    const etag = first.headers.etag ?? "";
    return { bytes, body: Readable.from(this.chunks(key, first, bytes, etag), { objectMode: false }) };
  }

  /** What is known of an object; nothing: it is not there, and a list does not name it either. */
  public async head(key: string): Promise<StoredObject | undefined> {
    const answer = await this.requests.send({ method: "HEAD", key }, async (answer) => {
      answer.resume();
      return answer.headers;
    });
    if (answer === ABSENT) {
      // The answer to HEAD has no body that says who gave it: a proxy's 404 looks the same.
      for await (const object of this.list(key, 1)) return object.key === key ? object : undefined;
      return undefined;
    }
    const [bytes, modified] = [Number(answer["content-length"]), Date.parse(answer["last-modified"] ?? "")];
    return { key, bytes, modified, etag: (answer.etag ?? "").replace(/^"|"$/g, "") };
  }

  /** Writes a small object. */
  public async write(key: string, content: Buffer | string): Promise<void> {
    const body = Buffer.from(content);
    await this.requests.send({ method: "PUT", key, body }, (answer) => this.whole(answer));
  }

  /** Deletes objects, in their order; one that is gone already is no error. */
  public async remove(keys: readonly string[], onProgress: (removed: number) => void = () => {}): Promise<void> {
    for (let from = 0; from < keys.length; from += MOST_AT_ONCE) {
      const some = keys.slice(from, from + MOST_AT_ONCE);
      const body = Buffer.from(removalOf(some));
      const headers = {
        "Content-MD5": createHash("md5").update(body).digest("base64"),
        "Content-Type": "application/xml",
      };
      const kept = await this.answer({ method: "POST", query: { delete: "" }, headers, body }, parseRemoved);
      if (kept.length > 0)
        throw new Failure(`The storage did not delete ${kept.length} objects`, undefined, kept.join("\n"));
      onProgress(from + some.length);
    }
  }

  /** Uploads in parts that nobody finished, of keys that begin with a text. */
  public async *uploads(prefix: string): AsyncGenerator<UnfinishedUpload> {
    for (let marker: Record<string, string> = {}; ; ) {
      const page = await this.page({ uploads: "", prefix, ...marker }, parseUploads);
      yield* page.items;
      if (!page.isTruncated) return;
      if (!page.next?.key) throw new Failure("The storage says that a list of uploads continues, but not where");
      marker = { "key-marker": page.next.key, ...(page.next.id && { "upload-id-marker": page.next.id }) };
    }
  }

  /** Bytes that an unfinished upload takes; none when it is gone. */
  public async uploadedBytes({ key, id }: UnfinishedUpload): Promise<number> {
    let bytes = 0;
    for (let marker = ""; ; ) {
      const query = { uploadId: id, ...(marker && { "part-number-marker": marker }) };
      const page = await this.requests.send({ method: "GET", key, query }, async (answer) =>
        parseParts(await this.textOf(answer)),
      );
      if (page === ABSENT) return bytes;
      bytes += page.items.reduce((sum, one) => sum + one, 0);
      if (!page.isTruncated || !page.next?.key) return bytes;
      marker = page.next.key;
    }
  }

  /** Throws away an unfinished upload with its parts; one that is gone already is no error. */
  public async abortUpload({ key, id }: UnfinishedUpload): Promise<void> {
    await this.requests.send({ method: "DELETE", key, query: { uploadId: id } }, (answer) => this.whole(answer));
  }

  /** Ends its connections. */
  public close(): void {
    this.agent.destroy();
  }

  private page<T>(query: Record<string, string>, parse: (xml: string) => Page<T>): Promise<Page<T>> {
    return this.answer({ method: "GET", query }, parse);
  }

  private async answer<T>(request: StorageRequest, parse: (xml: string) => T): Promise<T> {
    const found = await this.requests.send(request, async (answer) => parse(await this.textOf(answer)));
    if (found === ABSENT) throw new Failure("The storage says that the bucket is not there");
    return found;
  }

  private async textOf(answer: IncomingMessage): Promise<string> {
    return this.requests.within("a list", text(answer), () => answer.destroy());
  }

  private async whole(answer: IncomingMessage): Promise<Buffer> {
    const content = await this.requests.within("an object", buffer(answer), () => answer.destroy());
    const length = answer.headers["content-length"];
    if (length !== undefined && Number(length) !== content.length)
      throw new Error(`${content.length} of ${length} bytes came`);
    return content;
  }

  /** The rest of an object's bytes, over as many connections as it takes. */
  private async *chunks(key: string, first: IncomingMessage, bytes: number, etag: string): AsyncGenerator<Buffer> {
    let answer = first;
    for (let at = 0, cuts = 0; ; ) {
      try {
        const reader = answer[Symbol.asyncIterator]();
        for (;;) {
          const { value, done } = await this.requests.within("an object", reader.next(), () => answer.destroy());
          if (done) break;
          at += (value as Buffer).length;
          cuts = 0;
          yield value as Buffer;
        }
        if (at === bytes) return;
        throw new Error(`${at} of ${bytes} bytes came`);
      } catch (error) {
        answer.destroy();
        if (++cuts > 5) throw error;
        // As long as it is the same object.
        const headers = { Range: `bytes=${at}-`, "If-Match": etag };
        const next = await this.requests.send({ method: "GET", key, headers }, async (found) => found);
        if (next === ABSENT || next.statusCode !== 206) throw new Failure(`${key} changed while it was read`);
        answer = next;
      }
    }
  }
}

function absentAsUndefined<T>(answer: T | typeof ABSENT): T | undefined {
  return answer === ABSENT ? undefined : answer;
}
