import { buffer } from "node:stream/consumers";
import type Docker from "dockerode";

/** Reads a text file of a container, which need not run. The engine answers with a tar archive that holds the one file. */
export async function readContainerFile(client: Docker, container: string, path: string): Promise<string> {
  const archive = await buffer((await client.getContainer(container).getArchive({ path })) as NodeJS.ReadableStream);
  const size = Number.parseInt(archive.toString("latin1", 124, 136), 8);
  return archive.toString("utf8", 512, 512 + size);
}
