import { connectDocker } from "../../../operations/docker/docker";

/** Seconds of a processor that containers have used so far, together, by the engine's own figure. */
export async function cpuSeconds(containers: readonly string[]): Promise<number> {
  const docker = await connectDocker({ host: process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock" }, {});
  const used = await Promise.all(
    containers.map(async (name) => {
      const stats = await docker.client.getContainer(name).stats({ stream: false, "one-shot": true });
      return stats.cpu_stats.cpu_usage.total_usage / 1e9;
    }),
  );
  return used.reduce((sum, seconds) => sum + seconds, 0);
}
