import { get, record, text } from "../../plan/json";
import { knownName } from "../name";
import type { Container, Mount } from "./container";
import type { Resource } from "./world";

/** What goes when the volume goes. */
export type Contents =
  /** Nobody can make it again. */
  | "data"
  /** Certificates: made again, within the authority's limits. */
  | "certificates"
  /** A list of users that a job writes on every change. */
  | "users"
  /** Caches, temporary files, logs. */
  | "scratch"
  /** The files lie elsewhere: a directory of the host or a file server; the volume only leads there. */
  | "elsewhere"
  /** Memory: gone with the container anyway. */
  | "memory";

export interface Volume {
  readonly address: string;
  readonly noun: "volume" | "claim";
  /** Of a claim. @default - Docker has none */
  readonly namespace?: string;
  /** @default - Docker chooses one */
  readonly name?: string;
  readonly users: readonly (readonly [Container, Mount])[];
  readonly contents: Contents;
  /** Where the files really lie. @default - in Docker's own directory */
  readonly location?: string;
}

export function readVolume(resource: Resource, containers: readonly Container[]): Volume | undefined {
  if (resource.type !== "docker_volume") return undefined;
  const name = knownName(resource.values);
  const source = name ?? resource.address;
  const users = containers.flatMap((container) =>
    container.mounts
      .filter((mount) => mount.kind === "volume" && mount.source === source)
      .map((mount): readonly [Container, Mount] => [container, mount]),
  );
  const backing = backingOf(resource);
  return {
    address: resource.address,
    noun: "volume",
    name,
    users,
    contents: backing?.contents ?? contentsOf(users),
    location: backing?.location,
  };
}

/** The `local` driver mounts what its options name; removing the volume unmounts it and deletes nothing. */
function backingOf({ values }: Resource): { contents: Contents; location?: string } | undefined {
  const driver = text(get(values, "driver")) ?? "local";
  const options = record(get(values, "driver_opts"));
  const kind = text(options.type);
  if (!/^(local|\()/.test(driver) || !kind) return undefined;
  if (kind === "tmpfs") return { contents: "memory" };
  const device = text(options.device);
  const isBind = /\b(r?bind)\b/.test(text(options.o) ?? "");
  return isBind || /^(nfs|cifs|smb)/.test(kind) ? { contents: "elsewhere", location: device } : undefined;
}

const SCRATCH = /(^|\/)(tmp|temp|cache|caches|run|logs?)(\/|$)/i;
const CERTIFICATES = /(^|\/)(acme|letsencrypt|certbot|certs?-cache|autocert)(\/|$)/i;

/** Whatever is not known to be replaceable is data. */
export function contentsOf(users: Volume["users"]): Contents {
  if (users.length === 0) return "data";
  if (users.every(([container, { path }]) => isCertificateCache(container, path))) return "certificates";
  if (users.every(([container, { path }]) => SCRATCH.test(path) || isReplaceable(container))) return "scratch";
  return users.some(([container, { readOnly }]) => container.role === "users-job" && !readOnly) ? "users" : "data";
}

/** What it loses is fetched again, or is missed by nobody who pulls: figures, and the files of the program that draws them. */
function isReplaceable(container: Container): boolean {
  return container.role === "monitoring" || isPullThrough(container);
}

/** A pull-through cache fetches again whatever it loses. */
export function isPullThrough({ role, env, uploads }: Container): boolean {
  if (role !== "registry") return false;
  return env.has("REGISTRY_PROXY_REMOTEURL") || uploads.some(({ content }) => /^\s+remoteurl:/m.test(content ?? ""));
}

function isCertificateCache(container: Container, path: string): boolean {
  // Caddy keeps certificates in /data and its state in /config.
  return CERTIFICATES.test(path) || (container.title === "Caddy" && /^\/(data|config)/.test(path));
}

/** Whether files under this path of the container are worth keeping. */
export function holdsData(container: Container, mount: Mount): boolean {
  if (mount.readOnly || mount.path.endsWith(".sock") || isCertificateCache(container, mount.path)) return false;
  if (container.role === "users-job" || isReplaceable(container) || SCRATCH.test(mount.path)) return false;
  return mount.kind === "volume" || (mount.kind === "directory" && !/^\/etc\//.test(mount.path));
}
