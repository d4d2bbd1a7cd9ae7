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
    const asked = get(url, { agent: false }, ({ statusCode }) => {
      asked.destroy();
      end(statusCode === 401);
    });
    // A request now and then ends with neither an answer, nor an error, nor `close`, when its server is stopped.
    const patience = setTimeout(() => {
      asked.destroy();
      end(false);
    }, PATIENCE_MS);
    // It may fail more than once: when it is cut, and when it is destroyed.
    asked.on("error", () => end(false)).once("close", () => end(false));
    function end(isAnswered: boolean): void {
      clearTimeout(patience);
      resolve(isAnswered);
    }
  });
}
