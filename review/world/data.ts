import { get } from "../../plan/json";
import { UNKNOWN } from "../../plan/model";
import type { ContainerChange, Transition } from "../rule";
import type { Container, Mount } from "./container";
import { storageDriver } from "./settings";
import { holdsData, isPullThrough, type Volume } from "./volume";
import type { World } from "./world";

/** Where a container keeps what nobody can make again: its image's directories, or where it was told to. */
export function dataDirectories(container: Container, world: World): readonly string[] {
  if (container.isJob) return [];
  if (container.role === "registry") {
    const settings = world.settings(container);
    if (storageDriver(settings) !== "filesystem" || isPullThrough(container)) return [];
    return [settings.values.get("storage.filesystem.rootdirectory") ?? "/var/lib/registry"];
  }
  const drives = container.env.get("RUSTFS_VOLUMES");
  if (container.title === "RustFS" && drives)
    return drives
      .split(/[\s,]+/)
      .map(pathOf)
      .filter(isPath);
  const server = container.title === "MinIO" ? container.arguments.filter((word) => /^\/[\w./{}-]+$/.test(word)) : [];
  const told = server.filter((word) => !/(^|\/)(minio|sh|bash|docker-entrypoint\.sh)$/.test(word));
  return told.length > 0 ? told : container.dataDirectories;
}

/** Distributed, a drive is named with its node: `http://store-{0...3}.store:9000/data`. */
const pathOf = (drive: string) => drive.replace(/^https?:\/\/[^/]*/, "");
const isPath = (drive: string) => drive.startsWith("/");

/** `/drives/{0...3}` is a pattern: what lies before it decides. */
export function covers(mount: Mount, directory: string): boolean {
  const path = directory.replace(/\{.*$/, "").replace(/(?<=.)\/$/, "");
  return (
    mount.path === path || path.startsWith(`${mount.path}/`) || mount.path.startsWith(`${path}/`) || mount.path === "/"
  );
}

export function mountOf(container: Container, directory: string): Mount | undefined {
  return container.mounts.find((mount) => covers(mount, directory));
}

/** Whatever the container keeps where it goes away with the container. */
export function unkept(container: Container, world: World): readonly string[] {
  const anonymous = container.mounts.filter(
    (mount) => mount.kind === "anonymous" && holdsData(container, { ...mount, kind: "volume" }),
  );
  const inside = dataDirectories(container, world).filter((directory) => {
    const mount = mountOf(container, directory);
    return mount === undefined || mount.kind === "memory";
  });
  return [...new Set([...anonymous.map(({ path }) => path), ...inside])];
}

export function removesAnonymousVolumes(container: Container): boolean {
  return get(container.values, "remove_volumes") !== false;
}

/** Mounts of which people would miss the content. */
export function dataMounts(container: Container): readonly Mount[] {
  return container.isJob
    ? []
    : container.mounts.filter((mount) => holdsData(container, mount) && mount.source !== UNKNOWN);
}

/** `the data of RustFS`, for a sentence. */
export function ownersOf({ users }: Volume): string {
  const owners = [
    ...new Set(users.filter(([container]) => !container.isJob).map(([container]) => ownerName(container))),
  ];
  if (users.length === 0) return "no container in this plan uses it, but everything in it";
  return owners.length > 0 ? `everything that ${owners.join(" and ")} stored` : "everything in it";
}

function ownerName({ role, title, name }: Container): string {
  return role === "registry" || role === "storage" ? `${title} (\`${name}\`)` : `\`${name}\``;
}

/** Containers that keep the volume in use while the plan destroys it: Docker then refuses. */
export function keepsInUse(volume: Volume, changes: readonly ContainerChange[]): readonly string[] {
  const staying = changes.filter(({ change }) => change.action !== "replace" && change.action !== "delete");
  const addresses = new Set(staying.map(({ change }) => change.address));
  return volume.users.filter(([container]) => addresses.has(container.address)).map(([container]) => container.name);
}

/** The same volume under another address after the plan: what remains of a renamed block. */
export function successorOf(volume: Volume, { after }: Transition): Volume | undefined {
  return after.volumes.find(
    ({ name, namespace, address }) =>
      name !== undefined && name === volume.name && namespace === volume.namespace && address !== volume.address,
  );
}
