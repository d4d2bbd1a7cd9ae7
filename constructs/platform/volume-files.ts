import type { Construct } from "constructs";
import type { LiveFiles, LiveFilesSpec, Platform } from "./platform";

/** Live files on a volume that a job writes: for a platform where several containers can have one volume. */
export function volumeFiles(
  platform: Pick<Platform, "volume" | "job">,
  scope: Construct,
  id: string,
  { name, directory, files, writer, replaceWith, labels, dependsOn }: LiveFilesSpec,
): LiveFiles {
  const volume = platform.volume(scope, id === "Resource" ? "volume" : `${id}-volume`, {
    name,
    protect: false,
    service: writer.name,
  });
  const written = platform.job(scope, id, {
    name: writer.name,
    component: writer.component,
    image: writer.image,
    entrypoint: ["/bin/sh", "-c", writer.script],
    command: [],
    files: Object.entries(files).map(([file, content]) => ({ path: `/incoming/${file}`, content })),
    mounts: [{ path: writer.directory, volume: volume.name, readOnly: false }],
    ...{ replaceWith, labels, dependsOn },
  });
  return { mount: { path: directory, volume: volume.name, readOnly: true }, written };
}
