import type Docker from "dockerode";
import { parse } from "yaml";
import type { ResourceChange } from "../../../plan/plan-json";
import { runInContainer } from "../../docker/container-exec";
import { CONFIG_FILE, type PlannedContainer } from "./trial-spec";

/** How long a server may take, in seconds: to be reached, and in all. */
const CONNECT_S = 3;
const IN_ALL_S = 5;

/**
 * Redis servers that a plan brings. Distribution starts without them and calls itself healthy, but answers deletions with
 * 500. Those that it has already are not asked: their absence is no reason to refuse another change.
 */
export function newCacheServers({ change }: Pick<ResourceChange, "change">): string[] {
  const had = new Set(serversOf(change.before));
  return serversOf(change.after).filter((server) => !had.has(server));
}

function serversOf(container: unknown): string[] {
  const { upload = [] } = (container ?? {}) as Partial<PlannedContainer>;
  const content = upload.find(({ file }) => file === CONFIG_FILE)?.content;
  if (!content) return [];
  return (parse(content) as { redis?: { addrs?: string[] } }).redis?.addrs ?? [];
}

/**
 * Connects to servers from inside a container.
 * @returns why none of them is reached; nothing when one is, or when nobody can tell
 */
export async function silentServers(
  client: Docker,
  container: string,
  servers: readonly string[],
): Promise<string | undefined> {
  const complaints = await Promise.all(servers.map((server) => complaintOf(client, container, server)));
  return complaints.length > 0 && complaints.every(Boolean) ? complaints.join("; ") : undefined;
}

/** Only what `nc` itself says counts: an image without it tells nothing. */
async function complaintOf(client: Docker, container: string, server: string): Promise<string | undefined> {
  const [, host = "", port = ""] = /^\[?(.*?)\]?:(\d+)$/.exec(server) ?? [];
  const command = ["timeout", String(IN_ALL_S), "nc", "-w", String(CONNECT_S), host, port];
  const { stderr } = await runInContainer(client, container, command).catch(() => ({ stderr: "" }));
  const said = /^nc: (.*)$/m.exec(stderr)?.[1];
  return said && `${server}: ${said.trim()}`;
}
