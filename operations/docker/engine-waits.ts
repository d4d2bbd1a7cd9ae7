import type Docker from "dockerode";

/** The parts of a request of Docker's client that are looked at. */
interface Request {
  readonly method: string;
  readonly path: string;
  readonly options?: { readonly t?: number };
  readonly abortSignal?: AbortSignal;
}

type Answered = (error: Error | null, result: unknown) => void;

/** For how long an engine may be silent, in milliseconds. */
export interface EngineLimits {
  /** The first answer of all. */
  readonly connect: number;
  /** An answer that changes nothing. */
  readonly read: number;
  /** An answer that may come only when something is done. */
  readonly change: number;
}

/** Over ssh the connection alone may take 15 s; a busy disk makes an engine slow to create and to remove. */
export const ENGINE_LIMITS: EngineLimits = { connect: 20_000, read: 30_000, change: 300_000 };

/** What waits as long as a container runs, or as it was asked to. */
const UNLIMITED = /\/containers\/[^/]+\/(?:wait|attach)\b/;

/**
 * Gives every request to an engine a limit: one that accepts a connection and then says nothing would be waited for without
 * end. What answers with a stream, as logs and pulls do, must have begun to within the limit.
 */
export function limitWaits(client: Docker, limits: EngineLimits = ENGINE_LIMITS): Docker {
  const modem = client.modem as unknown as { dial(request: Request, answered: Answered): void };
  const dial = modem.dial.bind(modem);
  modem.dial = (request, answered) => {
    const limit = limitOf(request, limits);
    if (limit === undefined) {
      dial(request, answered);
      return;
    }
    const control = new AbortController();
    const timer = setTimeout(() => control.abort(), limit);
    const { abortSignal } = request;
    const signal = abortSignal ? AbortSignal.any([abortSignal, control.signal]) : control.signal;
    dial({ ...request, abortSignal: signal }, (error, result) => {
      clearTimeout(timer);
      answered(error && control.signal.aborted ? silence(request, limit) : error, result);
    });
  };
  return client;
}

function limitOf({ method, path, options }: Request, { connect, read, change }: EngineLimits): number | undefined {
  if (UNLIMITED.test(path)) return undefined;
  if (/^\/(?:version|_ping)\b/.test(path)) return connect;
  return method === "GET" || method === "HEAD" ? read : change + 1000 * (options?.t ?? 0);
}

function silence({ method, path }: Request, limit: number): Error {
  return new Error(`no answer to ${method} ${path.replace(/\?.*/, "")} within ${limit / 1000} s`);
}

/** Waits for a stream of an engine to be read, and no longer. @throws Error when the limit passes */
export async function withinLimit<T>(what: string, limitMs: number, work: Promise<T>, stop: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      stop();
      reject(new Error(`no answer to ${what} within ${limitMs / 1000} s`));
    }, limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
