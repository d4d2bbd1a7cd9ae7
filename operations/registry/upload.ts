import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../failure";
import { reason } from "../verify/check";
import { type Answer, header, type RegistryClient, type StreamedBody } from "./client";
import { ANY_MANIFEST, OCTETS } from "./media-types";

/** What one request carries: a connection that breaks costs no more than this. A multiple of what Distribution sends on. */
const CHUNK = 64 * 1024 * 1024;
/** A storage that copies a finished layer to its place takes its time. */
const ANSWER_MS = 15 * 60_000;
const ATTEMPTS = 5;

/** A layer or a configuration to be sent. */
export interface SentBlob {
  readonly digest: string;
  readonly size: number;
  readonly part: (from: number, to: number) => Readable;
}

export interface UploadOptions {
  readonly client: RegistryClient;
  readonly signal: AbortSignal;
  /** Before the second attempt; later ones wait longer. @default 1_000 */
  readonly pauseMs?: number;
  /** What a registry that refuses is told about. */
  readonly remedies: { readonly login: string; readonly readOnly: string };
}

/** Sends images to one repository of a registry, and asks what is there. */
export class RepositoryUpload {
  public readonly repository: string;
  private readonly options: UploadOptions;

  constructor(repository: string, options: UploadOptions) {
    this.repository = repository;
    this.options = options;
  }

  public async hasBlob(digest: string): Promise<boolean> {
    const { status } = await this.ask("HEAD", this.path(`blobs/${digest}`), [200, 404]);
    return status === 200;
  }

  /** @returns the digest that a tag or a digest has there; nothing: it is not there */
  public async manifestDigest(reference: string): Promise<string | undefined> {
    const path = this.path(`manifests/${reference}`);
    const answer = await this.ask("HEAD", path, [200, 404], { headers: { accept: ANY_MANIFEST } });
    return answer.status === 200 ? header(answer, "docker-content-digest") : undefined;
  }

  /** @param reference a tag, or the digest itself */
  public async manifest(reference: string, mediaType: string, body: Buffer): Promise<void> {
    const path = this.path(`manifests/${reference}`);
    await this.ask("PUT", path, [201], { headers: { "content-type": mediaType }, body, timeoutMs: ANSWER_MS });
  }

  /**
   * Sends a blob, piece by piece; after a broken connection it goes on with what the registry has of it.
   * @param from another repository of the registry, which has it
   * @param onProgress hears how much of it was sent
   * @returns how many bytes were sent, those that were sent again too
   */
  public async blob(blob: SentBlob, from: string | undefined, onProgress: (bytes: number) => void): Promise<number> {
    let sent = 0;
    let location: string | undefined;
    let furthest = 0;
    for (let attempt = 1; ; attempt += 1) {
      try {
        let offset = location ? await this.offsetOf(location) : 0;
        if (offset === undefined) location = undefined;
        if (!location) {
          const begun = await this.begin(blob.digest, from);
          if (!begun) return sent;
          location = begun;
        }
        for (offset ??= 0; offset < blob.size; ) {
          const to = Math.min(offset + CHUNK, blob.size);
          location = await this.chunk(location, blob, offset, to, onProgress);
          sent += to - offset;
          offset = to;
          if (offset > furthest) attempt = 1;
          furthest = Math.max(furthest, offset);
        }
        await this.finish(location, blob.digest);
        return sent;
      } catch (error) {
        await this.rest(error, attempt);
        // The answer to the last request may be what was lost.
        if (await this.hasBlob(blob.digest)) return sent;
      }
    }
  }

  /** @returns where to send it; nothing: the registry has taken it from another of its repositories */
  private async begin(digest: string, from: string | undefined): Promise<string | undefined> {
    const mount = from && from !== this.repository ? `?mount=${digest}&from=${encodeURIComponent(from)}` : "";
    const answer = await this.once("POST", this.path(`blobs/uploads/${mount}`), [201, 202], {
      headers: { "content-length": "0" },
    });
    return answer.status === 201 ? undefined : locationOf(answer);
  }

  /** How much of an upload the registry has; nothing: it knows it no more. */
  private async offsetOf(location: string): Promise<number | undefined> {
    const answer = await this.once("GET", location, [204, 404]);
    const range = /^(?:bytes=)?0-(\d+)$/.exec(header(answer, "range") ?? "")?.[1];
    if (answer.status === 404) return undefined;
    // Nothing at all is told as 0-0, too, and so is one byte: then it begins anew.
    return range === undefined || range === "0" ? undefined : Number(range) + 1;
  }

  private async chunk(
    location: string,
    { part }: SentBlob,
    from: number,
    to: number,
    onProgress: (bytes: number) => void,
  ): Promise<string> {
    const open = () => {
      const stream = part(from, to);
      let at = from;
      return stream.on("data", (piece: Buffer) => {
        at += piece.length;
        onProgress(at);
      });
    };
    const answer = await this.once("PATCH", location, [202], {
      headers: { ...OCTETS, "content-range": `${from}-${to - 1}` },
      body: { length: to - from, open },
      timeoutMs: ANSWER_MS,
    });
    return locationOf(answer);
  }

  private async finish(location: string, digest: string): Promise<void> {
    const url = new URL(location);
    url.searchParams.set("digest", digest);
    await this.once("PUT", url.href, [201], { headers: { "content-length": "0" }, timeoutMs: ANSWER_MS });
  }

  private path(rest: string): string {
    return `/v2/${this.repository}/${rest}`;
  }

  /** As `once`, again while that may help. */
  private async ask(...request: Parameters<RepositoryUpload["once"]>): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.once(...request);
      } catch (error) {
        await this.rest(error, attempt);
      }
    }
  }

  private async once(
    method: string,
    target: string,
    expected: readonly number[],
    options: { headers?: Record<string, string>; body?: Uint8Array | StreamedBody; timeoutMs?: number } = {},
  ): Promise<Answer> {
    const answer = await this.options.client.request(method, target, options);
    if (expected.includes(answer.status)) return answer;
    throw new Refused(method, this.repository, answer);
  }

  /** Waits before the next attempt. @throws Failure when there is none */
  private async rest(error: unknown, attempt: number): Promise<void> {
    const { signal, pauseMs = 1_000, remedies } = this.options;
    signal.throwIfAborted();
    if (error instanceof Failure) throw error;
    if (error instanceof Refused && !error.mayPass) throw error.failure(remedies);
    if (attempt >= ATTEMPTS) {
      if (error instanceof Refused) throw error.failure(remedies);
      throw new Failure(`${this.repository} cannot be sent: ${reason(error)}`, "run it again: it goes on from there");
    }
    await sleep(pauseMs * attempt, undefined, { signal });
  }
}

/** Absolute: a registry behind a proxy may name itself by a path. */
function locationOf(answer: Answer): string {
  return new URL(header(answer, "location") ?? "", answer.url).href;
}

/** An answer that was not hoped for. */
class Refused extends Error {
  private readonly method: string;
  private readonly repository: string;
  private readonly answer: Answer;

  constructor(method: string, repository: string, answer: Answer) {
    super(`HTTP ${answer.status}`);
    this.method = method;
    this.repository = repository;
    this.answer = answer;
  }

  /** Too many requests, a server that fails, an upload that the registry lost or has more or less of than was thought. */
  public get mayPass(): boolean {
    const { status } = this.answer;
    return status === 429 || status >= 500 || (this.method !== "HEAD" && (status === 404 || status === 416));
  }

  public failure(remedies: UploadOptions["remedies"]): Failure {
    const { status, body } = this.answer;
    const [first] = errorsOf(body);
    const said = first ? `: ${[first.code, first.message].filter(Boolean).join(", ")}` : "";
    const text = `${this.repository}: the registry answers HTTP ${status} to ${this.method}${said}`;
    const details = body.length > 0 ? body.toString("utf8", 0, 2_000) : undefined;
    if (status === 401 || status === 403) return new Failure(text, remedies.login, details);
    if (status === 405) return new Failure(text, remedies.readOnly, details);
    if (status === 413)
      return new Failure(text, `the proxy in front must let requests of ${CHUNK} bytes pass`, details);
    return new Failure(text, "run it again: what arrived is not sent again", details);
  }
}

function errorsOf(body: Buffer): { code?: string; message?: string }[] {
  try {
    return JSON.parse(body.toString("utf8")).errors ?? [];
  } catch {
    return [];
  }
}
