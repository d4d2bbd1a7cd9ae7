import type Docker from "dockerode";
import { runScript } from "../docker/container-exec";
import { dockerFailure } from "../docker/failure";
import { Failure } from "../failure";
import type { Archive } from "./archive";
import { blobPath, type Manifest } from "./contents";
import { type Engine, loadTagged, type PlatformImage, type StreamedFile, tarStream } from "./engine";

/** Under this name Distribution is loaded for the moment; the names that the environment uses stay free for what is pulled. */
const IMAGE = "private-registry-bundle:temporary";
const NAME = "private-registry-bundle";
const STORE = "/bundle";
// The engine accepts connections for a container as soon as it runs, and cuts them until something listens there.
const UNTIL_IT_ANSWERS = `left=300
until wget -Y off -q -O /dev/null http://127.0.0.1:5000/v2/; do
  left=$((left - 1)); [ $left -gt 0 ] || exit 1
  sleep 0.1
done`;

/** An image, and the repository that it is to be pulled from. */
export interface ServedImage {
  readonly image: PlatformImage;
  readonly repository: string;
}

/**
 * A registry on the engine's own loopback that serves images of a bundle for as long as `work` takes. The classic image store
 * notes a publisher's digest when it pulls, and at no other time.
 * @throws Failure when it cannot be started
 */
export async function withTemporaryRegistry(
  engine: Engine,
  archive: Archive,
  distribution: PlatformImage,
  served: readonly ServedImage[],
  port: number,
  onProgress: (bytes: number) => void,
  work: () => Promise<void>,
): Promise<void> {
  const { client, host } = engine.docker;
  await remove(client);
  try {
    await loadTagged(engine, archive, distribution, IMAGE, onProgress);
    const container = await client.createContainer({
      ...{ name: NAME, Image: IMAGE, ExposedPorts: { "5000/tcp": {} } },
      Env: [`REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=${STORE}`, "OTEL_TRACES_EXPORTER=none"],
      HostConfig: { PortBindings: { "5000/tcp": [{ HostIp: "127.0.0.1", HostPort: String(port) }] } },
    });
    // As Distribution keeps them: what is written there need not be pushed, so no address of the engine has to be reached.
    await container.putArchive(tarStream(archive, await storeOf(archive, served), onProgress), { path: "/" });
    await start(container, port);
    await runScript(client, container.id, UNTIL_IT_ANSWERS);
    await work();
  } catch (error) {
    throw error instanceof Failure ? error : dockerFailure(error, host);
  } finally {
    await remove(client);
  }
}

async function start(container: Docker.Container, port: number): Promise<void> {
  try {
    await container.start();
  } catch (error) {
    if (!/already allocated|already in use/.test(String(error))) throw error;
    throw new Failure(
      `Port ${port} of the engine's loopback, which the images are pulled from once, is used`,
      "--port N names a free one",
    );
  }
}

/** Distribution's files: every blob once, and for each repository links to what it has. */
async function storeOf(archive: Archive, served: readonly ServedImage[]): Promise<StreamedFile[]> {
  const root = `${STORE.slice(1)}/docker/registry/v2`;
  const files = new Map<string, string | Buffer>();
  for (const { image, repository } of served) {
    for (const digest of image.blobs) {
      const hash = digest.replace("sha256:", "");
      files.set(`${root}/blobs/sha256/${hash.slice(0, 2)}/${hash}/data`, blobPath(digest));
      const kind = (await isManifest(archive, digest)) ? "_manifests/revisions" : "_layers";
      files.set(`${root}/repositories/${repository}/${kind}/sha256/${hash}/link`, Buffer.from(digest));
    }
  }
  return [...files];

  async function isManifest(bundle: Archive, digest: string): Promise<boolean> {
    if (bundle.size(blobPath(digest)) > MAX_MANIFEST) return false;
    try {
      const { manifests, layers } = await bundle.json<Manifest>(digest);
      return manifests !== undefined || layers !== undefined;
    } catch {
      return false;
    }
  }
}

/** Registries take manifests of up to 4 MiB. */
const MAX_MANIFEST = 4 * 1024 * 1024;

/** What an earlier run left goes, too. */
async function remove(client: Docker): Promise<void> {
  const absent = (error: { readonly statusCode?: number }) => {
    if (error.statusCode !== 404) throw error;
  };
  await client.getContainer(NAME).remove({ force: true, v: true }).catch(absent);
  await client.getImage(IMAGE).remove().catch(absent);
}
