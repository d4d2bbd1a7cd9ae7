import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type Docker from "dockerode";
import { ENGINE_LIMITS, withinLimit } from "./engine-waits";

/** Reads a text file of a container, which need not run. The engine answers with a tar archive that holds the one file. */
export async function readContainerFile(client: Docker, container: string, path: string): Promise<string> {
  const stream = (await client.getContainer(container).getArchive({ path })) as Readable;
  const what = `GET /containers/${container}/archive`;
  const archive = await withinLimit(what, ENGINE_LIMITS.read, buffer(stream), () => stream.destroy());
  const size = Number.parseInt(archive.toString("latin1", 124, 136), 8);
  return archive.toString("utf8", 512, 512 + size);
}
