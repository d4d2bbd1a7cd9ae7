import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { Failure } from "../failure";
import type { Dial } from "../runtime/runtime";

/** `redis` of Distribution's configuration, as far as it names one server. */
export interface RedisSettings {
  readonly addrs: readonly string[];
  readonly db?: number;
  readonly username?: string;
  readonly password?: string;
  readonly mastername?: string;
  readonly tls?: object;
}

/** Keys under which Distribution remembers blobs: they have no end of their own. */
const PATTERNS = ["blobs::*", "repository::*"];
const WAIT_MS = 10_000;

/**
 * Removes what a Redis cache remembers of blobs, which a collection may have deleted: the registry would answer for them with 200
 * and no bytes. @returns how many keys went
 */
export async function purgeRedis(dial: Dial, settings: RedisSettings): Promise<number> {
  const [address = ""] = settings.addrs;
  if (settings.addrs.length > 1 || settings.mastername)
    throw new Failure(
      "The blob cache is a Redis cluster or has sentinels, which this program does not purge",
      `delete the keys ${PATTERNS.join(" and ")} on every master, or use registry.cache: { type: inmemory }`,
    );
  const at = address.lastIndexOf(":");
  const [host, port] = [address.slice(0, at), Number(address.slice(at + 1))];
  const raw = await dial(host, port);
  const stream = settings.tls ? connectTls({ socket: raw, host, servername: host }) : raw;
  const redis = new RedisConnection(stream);
  try {
    return await purge(redis, settings);
  } catch (error) {
    throw new Failure(`The Redis cache at ${address} was not purged: ${(error as Error).message}`);
  } finally {
    stream.destroy();
    raw.destroy();
  }
}

async function purge(redis: RedisConnection, { db, username, password }: RedisSettings): Promise<number> {
  if (password) await redis.ask("AUTH", ...(username ? [username] : []), password);
  if (db) await redis.ask("SELECT", String(db));
  let removed = 0;
  for (const pattern of PATTERNS) {
    let cursor = "0";
    do {
      const [next, keys] = (await redis.ask("SCAN", cursor, "MATCH", pattern, "COUNT", "1000")) as [string, string[]];
      if (keys.length > 0) removed += Number(await redis.ask("DEL", ...keys));
      cursor = next;
    } while (cursor !== "0");
  }
  return removed;
}

type Reply = string | number | null | Reply[];

/** One question at a time, in Redis's protocol (RESP 2). */
class RedisConnection {
  private readonly stream: Duplex;
  private received = Buffer.alloc(0);
  private wake: (() => void) | undefined;
  private ended: Error | undefined;

  constructor(stream: Duplex) {
    this.stream = stream;
    stream.on("data", (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.wake?.();
    });
    const end = (error?: Error) => {
      this.ended ??= error ?? new Error("the connection was closed");
      this.wake?.();
    };
    stream.once("error", end).once("end", () => end());
  }

  public async ask(...words: readonly string[]): Promise<Reply> {
    const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
    this.stream.write(`*${words.length}\r\n${parts.join("")}`);
    const deadline = Date.now() + WAIT_MS;
    for (;;) {
      const found = parseReply(this.received, 0);
      if (found) {
        this.received = this.received.subarray(found.end);
        if (found.reply instanceof Error) throw found.reply;
        return found.reply;
      }
      if (this.ended) throw this.ended;
      if (Date.now() > deadline) throw new Error(`no answer within ${WAIT_MS / 1000} s`);
      await this.more();
    }
  }

  private async more(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      timer = setTimeout(resolve, 1000);
    });
    clearTimeout(timer);
    this.wake = undefined;
  }
}

/** @returns nothing when it is not all there yet */
function parseReply(buffer: Buffer, at: number): { reply: Reply | Error; end: number } | undefined {
  const lineEnd = buffer.indexOf("\r\n", at);
  if (lineEnd < 0) return undefined;
  const [kind, line] = [buffer.toString("latin1", at, at + 1), buffer.toString("utf8", at + 1, lineEnd)];
  const end = lineEnd + 2;
  if (kind === "+") return { reply: line, end };
  if (kind === "-") return { reply: new Error(line), end };
  if (kind === ":") return { reply: Number(line), end };
  const count = Number(line);
  if (kind === "$") {
    if (count < 0) return { reply: null, end };
    if (buffer.length < end + count + 2) return undefined;
    return { reply: buffer.toString("utf8", end, end + count), end: end + count + 2 };
  }
  if (kind !== "*") return { reply: new Error(`an answer that is not Redis's: ${line.slice(0, 50)}`), end };
  const items: Reply[] = [];
  let next = end;
  for (let n = 0; n < count; n++) {
    const item = parseReply(buffer, next);
    if (!item) return undefined;
    if (item.reply instanceof Error) return { reply: item.reply, end: item.end };
    items.push(item.reply);
    next = item.end;
  }
  return { reply: items, end: next };
}
