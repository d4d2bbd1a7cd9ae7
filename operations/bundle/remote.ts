import { setTimeout as sleep } from "node:timers/promises";
import { type ImageReference, splitName } from "../../constructs/values/image-reference";
import { registryLogin } from "../docker/login";
import { Failure } from "../failure";
import { ANY_MANIFEST } from "../registry/media-types";
import type { Variables } from "../terraform/terraform";
import { reason } from "../verify/check";

const ATTEMPTS = 5;

export interface RemoteOptions {
  readonly variables: Variables;
  readonly signal: AbortSignal;
  /** Before the second attempt; later ones wait longer. @default 1_000 */
  readonly pauseMs?: number;
}

/** One repository of a registry, read as a container client reads it: no engine is needed. */
export class RemoteRepository {
  private readonly reference: ImageReference;
  private readonly options: RemoteOptions;
  private readonly url: string;
  private authorization?: string;

  constructor(reference: ImageReference, options: RemoteOptions) {
    this.reference = reference;
    this.options = options;
    const [host, path] = addressOf(reference.name);
    const scheme = /^(localhost|127(\.\d+){3})(:\d+)?$/.test(host) ? "http" : "https";
    this.url = `${scheme}://${host}/v2/${path}`;
  }

  /** An index or a manifest, as it was published. */
  public manifest(reference: string): Promise<Buffer> {
    return this.again(async () => {
      const answer = await this.get(`manifests/${reference}`, { accept: ANY_MANIFEST }, AbortSignal.timeout(60_000));
      return Buffer.from(await answer.arrayBuffer());
    });
  }

  /** A blob, piece by piece; what a broken connection cut off is asked for again from there. */
  public async *blob(digest: string): AsyncGenerator<Buffer> {
    let offset = 0;
    for (let attempt = 1; ; attempt += 1) {
      const before = offset;
      try {
        const range: Record<string, string> = offset > 0 ? { range: `bytes=${offset}-` } : {};
        const answer = await this.get(`blobs/${digest}`, range);
        let skip = answer.status === 206 ? 0 : offset;
        for await (const piece of answer.body ?? []) {
          const rest = Buffer.from(piece).subarray(skip);
          skip -= piece.length - rest.length;
          offset += rest.length;
          if (rest.length > 0) yield rest;
        }
        return;
      } catch (error) {
        // One that brought something was no failed attempt.
        if (offset > before) attempt = 1;
        await this.rest(error, attempt);
      }
    }
  }

  private async again<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        await this.rest(error, attempt);
      }
    }
  }

  /** Waits before the next attempt. @throws Failure when there is none */
  private async rest(error: unknown, attempt: number): Promise<void> {
    const { pauseMs = 1_000, signal } = this.options;
    signal.throwIfAborted();
    if (attempt >= ATTEMPTS || (error instanceof Failure && error.details !== "again")) {
      if (error instanceof Failure) throw error;
      throw new Failure(
        `${this.url} cannot be read: ${reason((error as Error).cause ?? error)}`,
        "a mirror that this machine reaches goes into images.mirror of the environment file; see docs/guides/offline.md",
      );
    }
    await sleep(pauseMs * attempt, undefined, { signal });
  }

  private async get(path: string, headers: Record<string, string>, late?: AbortSignal): Promise<Response> {
    const { signal } = this.options;
    const ask = () =>
      fetch(`${this.url}/${path}`, {
        headers: { ...headers, ...(this.authorization && { authorization: this.authorization }) },
        signal: late ? AbortSignal.any([signal, late]) : signal,
      });
    let answer = await ask();
    if (answer.status === 401) {
      this.authorization = await this.authorize(answer.headers.get("www-authenticate") ?? "");
      answer = await ask();
    }
    if (answer.ok) return answer;
    const again = answer.status === 429 || answer.status >= 500 ? "again" : undefined;
    const text = `${this.url}/${path} answers HTTP ${answer.status}`;
    if (answer.status === 401 || answer.status === 403)
      throw new Failure(text, "docker login, as for a pull; images.mirror of the environment file names another place");
    throw new Failure(text, "is the name right, and does that registry hold it?", again);
  }

  /** What a registry that refused wants to see: a token that it names the place of, or name and password. */
  private async authorize(challenge: string): Promise<string | undefined> {
    const login = await registryLogin(this.reference.toString(), this.options.variables);
    const basic = login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}`;
    if (!/^bearer /i.test(challenge)) return basic;
    const given = new Map([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, value]));
    const realm = new URL(given.get("realm") ?? "");
    for (const key of ["service", "scope"]) {
      const value = given.get(key);
      if (value) realm.searchParams.set(key, value);
    }
    const answer = await fetch(realm, { headers: basic ? { authorization: basic } : {}, signal: this.options.signal });
    const { token, access_token } = (answer.ok ? await answer.json() : {}) as { token?: string; access_token?: string };
    return `Bearer ${token ?? access_token ?? ""}`;
  }
}

/** Docker Hub's registry has another host than its names. */
function addressOf(name: string): [host: string, path: string] {
  const { domain = "docker.io", path } = splitName(name);
  if (domain !== "docker.io") return [domain, path];
  return ["registry-1.docker.io", path.includes("/") ? path : `library/${path}`];
}
