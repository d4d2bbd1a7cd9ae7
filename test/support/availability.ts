import { get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

const EVERY_MS = 50;
/** A client that waits longer for an answer to `/v2/` calls it an outage. */
const PATIENCE_MS = 5_000;

/** What a client saw. */
export interface Seen {
  /** From the first request of a row that was refused to the next one that was answered. */
  readonly longestRefusalMs: number;
  readonly refused: number;
  readonly asked: number;
}

/** A client that asks a registry every 50 ms, each time over a new connection, whether or not the last one was answered. */
export class Availability {
  private readonly outcomes: Promise<{ at: number; ok: boolean }>[] = [];
  private readonly asking: Promise<void>;
  private isOver = false;

  constructor(url: string) {
    this.asking = this.ask(new URL("/v2/", url));
  }

  public async end(): Promise<Seen> {
    this.isOver = true;
    await this.asking;
    const outcomes = await Promise.all(this.outcomes);
    let longestRefusalMs = 0;
    let since: number | undefined;
    for (const { at, ok } of outcomes) {
      if (!ok) since ??= at;
      if (since !== undefined) longestRefusalMs = Math.max(longestRefusalMs, at - since);
      if (ok) since = undefined;
    }
    return { longestRefusalMs, refused: outcomes.filter(({ ok }) => !ok).length, asked: outcomes.length };
  }

  private async ask(url: URL): Promise<void> {
    while (!this.isOver) {
      const at = performance.now();
      this.outcomes.push(answers(url).then((ok) => ({ at, ok })));
      await sleep(EVERY_MS);
    }
  }
}

/** Whether the registry answers as it does to somebody who has not logged in. */
function answers(url: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = get(url, { agent: false, timeout: PATIENCE_MS }, ({ statusCode }) => {
      asked.destroy();
      resolve(statusCode === 401);
    });
    // It may fail more than once: when it is cut, and when it is destroyed.
    asked.once("timeout", () => asked.destroy()).on("error", () => resolve(false));
    asked.once("close", () => resolve(false));
  });
}
