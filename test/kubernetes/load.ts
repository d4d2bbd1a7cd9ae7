import { setTimeout as sleep } from "node:timers/promises";
import { ImageTraffic, makeLayer } from "../support/image-traffic";

const LAYER_BYTES = 400_000;

/** What clients saw. */
export interface Outcome {
  /** Repositories whose push was acknowledged. */
  readonly pushed: readonly string[];
  readonly failedPushes: readonly string[];
  readonly pulls: number;
  readonly failedPulls: readonly string[];
}

/**
 * A client that pushes and one that pulls without a pause, neither with a second attempt, until they are told to end. Two more
 * keep two cores busy with RustFS alone, and every request then waits for many seconds.
 */
export class Load {
  private readonly traffic: ImageTraffic;
  private readonly running: Promise<unknown>;
  private readonly pushed: string[] = [];
  private readonly failedPushes: string[] = [];
  private readonly failedPulls: string[] = [];
  private pulls = 0;
  private isOver = false;

  constructor(url: string, user: { readonly name: string; readonly password: string }, name: string) {
    this.traffic = new ImageTraffic(url, user);
    this.running = Promise.all([this.push(name), this.pull()]);
  }

  /** How many pushes were acknowledged so far. */
  public get count(): number {
    return this.pushed.length;
  }

  /** Until now. */
  public get outcome(): Outcome {
    const { pushed, failedPushes, pulls, failedPulls } = this;
    return { pushed, failedPushes, pulls, failedPulls };
  }

  public async end(): Promise<void> {
    this.isOver = true;
    await this.running;
    this.traffic.close();
  }

  private async push(name: string): Promise<void> {
    for (let n = 0; !this.isOver; n += 1) {
      const repository = `${name}/${n}`;
      try {
        await this.traffic.push(repository, [makeLayer(LAYER_BYTES), makeLayer(LAYER_BYTES)]);
        this.pushed.push(repository);
      } catch (error) {
        this.failedPushes.push(`${new Date().toISOString()} ${error}`);
        await sleep(200);
      }
    }
  }

  private async pull(): Promise<void> {
    while (!this.isOver) {
      const repository = this.pushed[Math.floor(Math.random() * this.pushed.length)];
      if (repository === undefined) await sleep(100);
      else {
        try {
          await this.traffic.pull(repository);
          this.pulls += 1;
        } catch (error) {
          this.failedPulls.push(`${new Date().toISOString()} ${error}`);
          await sleep(200);
        }
      }
    }
  }
}
