import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Login } from "./login";
import { sameToken, tokenChallenge, tokenIn, tokenUrl } from "./token";

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** Where it came from, after redirects. */
  readonly url: string;
}

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | StreamedBody;
  /** @default - the client's; for a streamed body it is how long nothing may move */
  readonly timeoutMs?: number;
  /** Who asks. @default - the client's login; `null`: nobody */
  readonly as?: Login | null;
}

/** A body that is read while it is sent; twice, where the first answer asks for a token. */
export interface StreamedBody {
  readonly length: number;
  readonly open: () => Readable;
}

export interface RegistryClientOptions {
  /** Scheme, host and port. */
  readonly url: string;
  /** @default - anonymous */
  readonly login?: Login;
  /** Certificates of the CAs to trust, PEM. @default - Node's */
  readonly ca?: readonly string[];
  /** For one request, from its beginning to the end of the answer. @default 15_000 */
  readonly timeoutMs?: number;
  /** Ends every request. @default - nothing does */
  readonly signal?: AbortSignal;
  /** Accept any certificate; such a client never sends a password. @default false */
  readonly insecure?: boolean;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Talks to a registry as a container client does: by password, or by the tokens of the server that the registry names; redirects
 * followed, no password to other hosts.
 */
export class RegistryClient {
  private readonly options: RegistryClientOptions;
  private readonly tokens = new Map<string, string>();

  constructor(options: RegistryClientOptions) {
    this.options = options;
  }

  /** One request, redirects not followed. @param target a path, or a URL that the registry gave */
  public async request(method: string, target: string, options: RequestOptions = {}): Promise<Answer> {
    const url = new URL(target, this.options.url);
    const login = options.as === undefined ? this.options.login : (options.as ?? undefined);
    const sendsLogin = login && !this.options.insecure && mayHaveLogin(url, new URL(this.options.url));
    const ask = (authorization?: string) =>
      send(
        method,
        url,
        { ...this.options, ...(options.timeoutMs && { timeoutMs: options.timeoutMs }) },
        {
          ...options.headers,
          ...(options.body && { "content-length": String(options.body.length) }),
          ...(authorization && { authorization }),
        },
        options.body,
      );
    if (!sendsLogin) return ask();
    const key = sameToken(method, url, login.user);
    const answer = await ask(this.tokens.get(key) ?? basic(login));
    if (answer.status !== 401) return answer;
    const token = await this.fetchToken(answer, login);
    if (token === undefined) return answer;
    this.tokens.set(key, token);
    return ask(token);
  }

  /** @returns nothing when the registry takes no tokens, or nobody gives one */
  private async fetchToken(refusal: Answer, login: Login): Promise<string | undefined> {
    const challenge = tokenChallenge(header(refusal, "www-authenticate"), new URL(this.options.url));
    if (!challenge) return undefined;
    const url = tokenUrl(challenge, login.user);
    const ask = () => send("GET", url, this.options, { authorization: basic(login) });
    const answer = await again(ask, this.options.signal).catch((error: unknown) => {
      throw new Error(`no token from ${url.origin}: ${textOf(error)}`, { cause: error });
    });
    const token = answer.status === 200 ? tokenIn(answer.body) : undefined;
    return token && `Bearer ${token}`;
  }

  /** A GET that follows up to five redirects. */
  public async get(target: string, options: RequestOptions = {}): Promise<Answer> {
    let answer = await this.request("GET", target, options);
    for (let n = 0; n < 5 && REDIRECTS.has(answer.status); n += 1) {
      const location = header(answer, "location");
      if (!location) return answer;
      const next = new URL(location, answer.url);
      try {
        answer = await this.request("GET", next.href, options);
      } catch (error) {
        throw new RedirectError(next.origin, error);
      }
    }
    return answer;
  }
}

/** The registry sent a client somewhere that the client does not reach. */
export class RedirectError extends Error {
  /** Scheme, host and port of where it was sent. */
  public readonly origin: string;

  constructor(origin: string, cause: unknown) {
    super(`redirected to ${origin}: ${textOf(cause)}`);
    this.origin = origin;
  }
}

/** docker_auth has its port closed for a moment when it reads a change, and cuts what is under way; a proxy says 502. */
const RELOAD_MS = 500;
const CUT = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE"]);

/** Asks a token server, and once more when it was reading a change. */
async function again(ask: () => Promise<Answer>, signal: AbortSignal | undefined): Promise<Answer> {
  const first = await ask().catch((error: unknown) => {
    if (!CUT.has((error as { code?: string }).code ?? "")) throw error;
    return undefined;
  });
  if (first && first.status < 502) return first;
  await sleep(RELOAD_MS, undefined, { signal });
  return ask();
}

const textOf = (cause: unknown) =>
  cause instanceof Error ? cause.message || (cause as { code?: string }).code : String(cause);

/** Whether a login for a registry may go to a URL: of the same scheme too, or it would cross the network in the clear. */
export function mayHaveLogin(url: URL, registry: URL): boolean {
  return url.origin === registry.origin;
}

/** The first value of a header. */
export function header({ headers }: Answer, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function basic({ user, password }: Login): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

function send(
  method: string,
  url: URL,
  { ca, insecure = false, timeoutMs = 15_000, signal: given }: RegistryClientOptions,
  headers: Record<string, string>,
  body?: Uint8Array | StreamedBody,
): Promise<Answer> {
  const request = url.protocol === "https:" ? requestHttps : requestHttp;
  const streamed = body && !(body instanceof Uint8Array) ? body.open() : undefined;
  return new Promise((resolve, reject) => {
    const idle = new AbortController();
    const late = streamed ? idle.signal : AbortSignal.timeout(timeoutMs);
    const signal = given ? AbortSignal.any([late, given]) : late;
    const outgoing = request(
      url,
      { method, headers, signal, agent: false, ca: ca as string[] | undefined, rejectUnauthorized: !insecure },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.once("error", reject);
        incoming.once("end", () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body: Buffer.concat(chunks),
            url: url.href,
          }),
        );
      },
    );
    outgoing.once("error", (error) =>
      reject(late.aborted ? new Error(`no answer within ${timeoutMs / 1000} s`) : error),
    );
    if (!streamed) {
      outgoing.end(body as Uint8Array | undefined);
      return;
    }
    outgoing.setTimeout(timeoutMs, () => idle.abort());
    // An answer that comes before the end, or an error, ends the reading, too.
    outgoing.once("close", () => streamed.destroy());
    streamed.once("error", (error) => outgoing.destroy(error));
    streamed.pipe(outgoing);
  });
}
