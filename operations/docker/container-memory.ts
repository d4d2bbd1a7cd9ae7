import type Docker from "dockerode";
import type { ContainerInspectInfo } from "dockerode";
import type { ContainerMemory } from "../runtime/runtime";

interface Figures {
  readonly usage?: number;
  readonly stats?: Readonly<Record<string, number>>;
}

/** Asks the engine for what counts against a running container's limit. */
export async function memoryOf(client: Docker, container: ContainerInspectInfo): Promise<ContainerMemory | undefined> {
  const stats = await client
    .getContainer(container.Id)
    .stats({ stream: false, "one-shot": true })
    .catch(() => undefined);
  const bytes = used(stats?.memory_stats);
  return bytes === undefined ? undefined : { bytes, limit: container.HostConfig.Memory || undefined };
}

/** cgroup v1 counts a file's pages under `total_inactive_file`, v2 under `inactive_file`. */
export function used({ usage, stats = {} }: Figures = {}): number | undefined {
  if (usage === undefined) return undefined;
  const cache = stats.total_inactive_file ?? stats.inactive_file ?? 0;
  return cache < usage ? usage - cache : usage;
}
