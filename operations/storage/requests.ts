import { createHash } from "node:crypto";
import { type Agent, type IncomingMessage, request as requestHttp } from "node:http";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { sign } from "aws4";
import { messageOf } from "../docker/failure";
import { Failure } from "../failure";
import { STORAGE_FULL, storageExplanation } from "../storage-failures";
import type { StorageAccess } from "./access";
import { parseError } from "./answers";
import { Slots } from "./slots";

export interface StorageRequest {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** @default - the bucket itself */
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** What failures say, and how patient requests are. */
export interface RequestSettings {
  /** The environment, for what to do. */
  readonly environment: string;
  /** How often a request is made before it fails for good. @default 6 */
  readonly attempts?: number;
  /** Before the second attempt; doubled before each further one. @default 200 */
  readonly backoffMs?: number;
  /** For how long the storage may say nothing. @default 60_000 */
  readonly silenceMs?: number;
  /** Requests at the same time; each has a connection. @default 4 */
  readonly atOnce?: number;
}

/** An answer that says a thing is not there. Everything else that is not a success is an error, never an absence. */
export const ABSENT = Symbol("absent");

/** The end of a connection that earlier requests used. */
class StaleConnection extends Error {}

/** How many of these in a row are no failure; no more connections are kept. */
const MOST_STALE = 8;

/** Signs requests with the registry's key, and makes them again while the storage or the way to it fails. */
export class StorageRequests {
  private readonly access: StorageAccess;
  private readonly agent: Agent;
  private readonly settings: Required<RequestSettings>;
  // Node's own limit does not count connections that are still being opened.
  private readonly slots: Slots;
  /** How much later the storage's clock is than this machine's. */
  private clockAheadMs = 0;

  constructor(access: StorageAccess, agent: Agent, settings: RequestSettings) {
    this.access = access;
    this.agent = agent;
    this.settings = { attempts: 6, backoffMs: 200, silenceMs: 60_000, atOnce: 4, ...settings };
    this.slots = new Slots(this.settings.atOnce);
  }

  /**
   * Makes a request until it is answered.
   * @param use takes the answer; what it throws means that the answer was cut or is none, and that the request is made again
   */
  public async send<T>(
    request: StorageRequest,
    use: (answer: IncomingMessage) => Promise<T>,
  ): Promise<T | typeof ABSENT> {
    const { attempts, backoffMs } = this.settings;
    let stale = 0;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.once(request, use);
      } catch (error) {
        if (error instanceof Failure) throw error;
        // A connection that was kept and had ended meanwhile says nothing about the storage.
        if (error instanceof StaleConnection && stale++ < MOST_STALE) {
          attempt -= 1;
          continue;
        }
        if (attempt >= attempts) throw this.failure(request, messageOf(error));
        await sleep(Math.min(backoffMs * 2 ** (attempt - 1), 5000) * (0.75 + Math.random() / 2));
      }
    }
  }

  /** Waits for something of an answer, and no longer than the storage may be silent. */
  public async within<T>(what: string, work: Promise<T>, stop: () => void): Promise<T> {
    const { silenceMs } = this.settings;
    const timer = setTimeout(() => stop(), silenceMs);
    try {
      return await work;
    } catch (error) {
      throw error instanceof StaleConnection ? error : new Error(`${what}: ${messageOf(error)}`);
    } finally {
      clearTimeout(timer);
    }
  }

  private async once<T>(request: StorageRequest, use: (answer: IncomingMessage) => Promise<T>) {
    const answer = await this.open(request);
    try {
      const { statusCode = 0 } = answer;
      if (statusCode >= 200 && statusCode < 300) return await use(answer);
      const body = (await this.within("an error's text", buffer(answer), () => answer.destroy())).toString();
      this.judge(request, answer, parseError(body));
      return ABSENT;
    } catch (error) {
      // What is left of a bad answer must not become the beginning of the next one.
      answer.destroy();
      throw error;
    }
  }

  /** @throws Failure for what will not change, Error for what may; returns when the thing asked for is not there */
  private judge(
    request: StorageRequest,
    { statusCode = 0, headers }: IncomingMessage,
    { code, message }: ReturnType<typeof parseError>,
  ): void {
    const said = [statusCode, code, message].filter(Boolean).join(" ");
    if (statusCode === 404 && (request.method === "HEAD" || code === "NoSuchKey" || code === "NoSuchUpload")) return;
    if (code === "RequestTimeTooSkewed" && this.clockAheadMs === 0) {
      this.clockAheadMs = Date.parse(headers.date ?? "") - Date.now() || 0;
      throw new Error(said);
    }
    // A full disk does not empty itself while somebody waits.
    const isFull = STORAGE_FULL.test(said);
    const isPassing = statusCode >= 500 || statusCode === 429 || statusCode === 408 || code === "RequestTimeout";
    throw isPassing && !isFull ? new Error(said) : this.failure(request, said);
  }

  private async open(request: StorageRequest): Promise<IncomingMessage> {
    const { hostname, port } = this.access.url;
    const leave = await this.slots.take();
    const { method, path, headers } = this.signed(request);
    const asked = requestHttp({ agent: this.agent, host: hostname, port: port || 80, method, path, headers });
    // After the whole answer, or when there will be none.
    asked.once("close", leave);
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      asked.once("response", resolve);
      asked.once("error", (error) => reject(asked.reusedSocket ? new StaleConnection(error.message) : error));
      asked.once("close", () => reject(new Error("the connection was closed")));
    });
    asked.end(request.body);
    const silent = new Error(`silent for ${this.settings.silenceMs / 1000} s`);
    return this.within("no answer", answered, () => asked.destroy(silent));
  }

  private signed({ method, key = "", query = {}, headers = {}, body = Buffer.alloc(0) }: StorageRequest) {
    const { url, bucket, pathStyle, region, accessKey, secretKey } = this.access;
    const base = url.pathname.replace(/\/+$/, "");
    const parts = Object.entries(query).map(([name, value]) => `${encoded(name)}=${encoded(value)}`);
    const path = `${base}${pathStyle ? `/${bucket}` : ""}/${key.split("/").map(encoded).join("/")}`.replace(/^$/, "/");
    const options = {
      service: "s3",
      region,
      method,
      host: url.host,
      path: parts.length > 0 ? `${path}?${parts.join("&")}` : path,
      headers: {
        Host: url.host,
        "Content-Length": body.length,
        "X-Amz-Content-Sha256": createHash("sha256").update(body).digest("hex"),
        "X-Amz-Date": new Date(Date.now() + this.clockAheadMs).toISOString().replace(/[-:]|\.\d+/g, ""),
        ...headers,
      },
      body,
    };
    sign(options, { accessKeyId: accessKey, secretAccessKey: secretKey });
    return options;
  }

  private failure({ method, key }: StorageRequest, said: string): Failure {
    const { environment } = this.settings;
    const what = `The storage did not ${WORDS[method]} ${key ?? `of bucket ${this.access.bucket}`}`;
    const known = storageExplanation(said, { environment, dockerHost: "" });
    return new Failure(known ? `${what}: ${known.message}` : `${what}: ${said}`, known?.remedy);
  }
}

const WORDS = { GET: "give", HEAD: "say anything", PUT: "take", POST: "change", DELETE: "delete" } as const;

/** As signatures want it: what `encodeURIComponent` leaves, too. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}
