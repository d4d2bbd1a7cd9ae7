import { setTimeout as sleep } from "node:timers/promises";
import { memoryOf } from "../../../operations/docker/container-memory";
import { connectDocker } from "../../../operations/docker/docker";

const MIB = 2 ** 20;

/** Most memory that containers used between its start and its end, in MiB, by the engine's own figure. */
export class Peaks {
  private readonly most = new Map<string, number>();
  private isOver = false;
  private readonly looking: Promise<void>;

  private readonly containers: readonly string[];
  private readonly everyMs: number;

  /** @param everyMs between two looks: what is shorter may be missed */
  constructor(containers: readonly string[], everyMs = 250) {
    this.containers = containers;
    this.everyMs = everyMs;
    this.looking = this.look();
  }

  /** @returns the peak of each container, in their order */
  public async end(): Promise<number[]> {
    this.isOver = true;
    await this.looking;
    return this.containers.map((name) => Math.round((this.most.get(name) ?? 0) / MIB));
  }

  private async look(): Promise<void> {
    const docker = await connectDocker({ host: process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock" }, {});
    while (!this.isOver) {
      await Promise.all(
        this.containers.map(async (name) => {
          const container = await docker.client
            .getContainer(name)
            .inspect()
            .catch(() => undefined);
          const memory = container?.State.Running ? await memoryOf(docker.client, container) : undefined;
          this.most.set(name, Math.max(this.most.get(name) ?? 0, memory?.bytes ?? 0));
        }),
      );
      await sleep(this.everyMs);
    }
  }
}
