import { readFileSync, statSync } from "node:fs";
import { userInfo } from "node:os";
import type { Environment } from "../../config";
import type { StorageServer } from "../../constructs";
import { RegistryImages } from "../../constructs/images";
import { storageServer } from "../../stacks";
import { quote } from "../command";
import type { DockerConnection } from "../docker/docker";
import { passed, skipped, warning } from "../verify/check";
import { type Confinement, confinementOf } from "./security";

/** Whether the storage's directories belong to its user, whom the host may know by another number. */
export async function checkDirectories(
  docker: DockerConnection,
  environment: Environment,
  ownerOf: (path: string) => number | undefined = owner,
  subordinate = firstSubordinate,
) {
  const server = storageServer(environment) as StorageServer;
  const confinement = await confinementOf(docker);
  const wanted = hostUid(server.uid, confinement, docker.isLocal ? subordinate() : undefined);
  const how = howToOwn(server, wanted, confinement, docker, environment);
  if (!docker.isLocal) return skipped(`of the Docker host; there: ${how(server.directories)}`);
  const absent = server.directories.filter((path) => ownerOf(path) === undefined);
  if (absent.length > 0)
    return warning(
      `${absent.join(", ")} ${absent.length > 1 ? "do" : "does"} not exist; RustFS needs ${server.directories.length > 1 ? "one directory on each disk" : "this directory"}`,
      `sudo mkdir -p ${absent.map(quote).join(" ")} && ${how(absent)}`,
    );
  const foreign = server.directories.filter((path) => ownerOf(path) !== wanted);
  if (foreign.length === 0) return passed(wanted === undefined ? undefined : `uid ${wanted}`);
  const told = foreign.map((path) => `${path} belongs to uid ${ownerOf(path)}`).join(", ");
  const whom = wanted === undefined ? "another one on this host" : `uid ${wanted} here`;
  return warning(
    `${told}; RustFS runs as uid ${server.uid}${wanted === server.uid ? "" : `, which is ${whom}`}`,
    how(foreign),
  );
}

/** Whom the host calls a user of a container. @returns nothing when it cannot be known from here */
function hostUid(uid: number, { isRootless, isRemapped, remappedRoot }: Confinement, subordinate: number | undefined) {
  if (isRemapped) return remappedRoot === undefined ? undefined : remappedRoot + uid;
  // Root of a rootless container is who runs the engine; the others come from the range that is theirs.
  if (isRootless) return subordinate === undefined ? undefined : subordinate + uid - 1;
  return uid;
}

/** A command that sets the owner, on the Docker host. */
function howToOwn(
  { uid }: StorageServer,
  wanted: number | undefined,
  { isRemapped }: Confinement,
  { host, isLocal }: DockerConnection,
  { images }: Environment,
) {
  return (directories: readonly string[]) => {
    if (wanted !== undefined) return `sudo chown -R ${wanted}:${wanted} ${directories.map(quote).join(" ")}`;
    if (isRemapped)
      return `sudo chown -R to ${uid} more than the first uid of dockerd's user in /etc/subuid: ${directories.join(" ")}`;
    const { distribution } = new RegistryImages(images);
    const docker = isLocal ? `docker --host ${host}` : "docker";
    const volumes = directories.map((path, n) => `-v ${quote(`${path}:/d/${n}`)}`).join(" ");
    return `${docker} run --rm --user 0 --entrypoint chown ${volumes} ${distribution} -R ${uid}:${uid} /d`;
  };
}

function owner(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.uid;
}

/** The first of the uids that this user may give to containers. */
function firstSubordinate(): number | undefined {
  try {
    const { username, uid } = userInfo();
    const lines = readFileSync("/etc/subuid", "utf8").split("\n");
    const line = lines.find((one) => one.startsWith(`${username}:`) || one.startsWith(`${uid}:`));
    return line ? Number(line.split(":")[1]) : undefined;
  } catch {
    return undefined;
  }
}
