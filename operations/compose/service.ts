import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { isMap } from "../../constructs/values/is-map";
import { readBuild } from "./dockerfile";
import { parseEnvFile } from "./interpolate";

/** A published port of a service. */
interface ComposePort {
  /** Address of the host. @default - all of them */
  readonly address?: string;
  /** Port of the host. @default - Docker chooses */
  readonly published?: number;
  /** Port in the container. */
  readonly target: number;
}

/** Something mounted into a service. */
export interface ComposeMount {
  readonly kind: "bind" | "volume" | "anonymous";
  /** Absolute path on the host, or the volume's name. @default - an anonymous volume has none */
  readonly source?: string;
  readonly target: string;
}

/** A service, whichever of compose's notations its file uses. */
export interface ComposeService {
  readonly name: string;
  /** @default "" - it is built */
  readonly image: string;
  /** What its image is made from: of a build, what the Dockerfile starts from; else the image. */
  readonly base: string;
  readonly containerName?: string;
  /** Every name by which the other services reach it. */
  readonly hostNames: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly ports: readonly ComposePort[];
  readonly mounts: readonly ComposeMount[];
  readonly labels: Readonly<Record<string, string>>;
  readonly restart?: string;
  /** Docker's names of its networks. */
  readonly networks: readonly string[];
  /** Entry point and command as one text, for looking into. */
  readonly script: string;
}

type Raw = Record<string, unknown>;

/** What relative paths are relative to. */
interface Place {
  readonly directory: string;
  readonly project: string;
  readonly home?: string;
}

/** Reads a service of a file. */
export function readService(name: string, service: Raw, file: Raw, place: Place): ComposeService {
  const { directory, home } = place;
  const containerName = text(service.container_name);
  const networks = isMap(service.networks) ? Object.values(service.networks) : [];
  const aliases = networks.flatMap((network) => (isMap(network) ? words(network.aliases) : []));
  const files = words(service.env_file).map((file) => resolve(directory, file));
  const fromFiles = files.filter(existsSync).map((path) => parseEnvFile(readFileSync(path, "utf8")));
  const image = text(service.image) ?? "";
  const built = service.build === undefined ? undefined : readBuild(service.build, directory);
  return {
    name,
    image,
    base: built?.base ?? image,
    containerName,
    hostNames: [name, containerName, text(service.hostname), ...aliases].filter((one) => one !== undefined),
    environment: Object.assign({}, built?.environment, ...fromFiles, pairs(service.environment)),
    ports: list(service.ports).flatMap(readPort),
    mounts: [
      ...list(service.volumes).map((volume) => readMount(volume, directory, home)),
      ...["configs", "secrets"].flatMap((kind) => readFiles(kind, service, file, directory)),
      ...(built?.files ?? []),
    ],
    labels: pairs(service.labels),
    restart: text(service.restart),
    networks: networksOf(service, file, place.project),
    script: [...words(service.entrypoint), ...words(service.command)].join(" "),
  };
}

/** Docker's names: what the file names, else the project's. */
function networksOf(service: Raw, file: Raw, project: string): string[] {
  const keys = isMap(service.networks) ? Object.keys(service.networks) : words(service.networks);
  const known: Raw = isMap(file.networks) ? file.networks : {};
  return (keys.length > 0 ? keys : ["default"]).map((key) => {
    const network = known[key];
    const named = isMap(network) ? text(network.name) : undefined;
    return named ?? (isMap(network) && network.external ? key : `${project}_${key}`);
  });
}

/** `[ADDRESS:][PUBLISHED:]TARGET[/PROTOCOL]`, or the same as a mapping. Of a range, the first port. */
function readPort(port: unknown): ComposePort[] {
  if (isMap(port)) {
    const published = text(port.published);
    const target = Number(text(port.target));
    return [{ address: text(port.host_ip), published: published ? Number.parseInt(published, 10) : undefined, target }];
  }
  const { address, published, target } =
    /^(?:(?:\[?(?<address>[0-9a-fA-F.:]*?)\]?:)?(?<published>[\d-]*):)?(?<target>\d+)(?:-\d+)?(?:\/tcp)?$/.exec(
      String(port),
    )?.groups ?? {};
  if (!target) return [];
  return [
    {
      address: address || undefined,
      published: published ? Number.parseInt(published, 10) : undefined,
      target: Number(target),
    },
  ];
}

/** `SOURCE:TARGET[:OPTIONS]`, `TARGET` for an anonymous volume, or a mapping. */
function readMount(volume: unknown, directory: string, home = "~"): ComposeMount {
  if (isMap(volume)) {
    const source = text(volume.source);
    const target = text(volume.target) ?? "";
    if (!source) return { kind: "anonymous", target };
    return volume.type === "bind"
      ? { kind: "bind", source: resolve(directory, source), target }
      : { kind: "volume", source, target };
  }
  const [first = "", target] = String(volume).split(":");
  if (target === undefined) return { kind: "anonymous", target: first };
  if (!/^[./~]/.test(first)) return { kind: "volume", source: first, target };
  return { kind: "bind", source: resolve(directory, first.replace(/^~/, home)), target };
}

/** Files of the top-level `configs` and `secrets`, where the service has them. */
function readFiles(kind: string, service: Raw, file: Raw, directory: string): ComposeMount[] {
  const known = isMap(file[kind]) ? file[kind] : {};
  return list(service[kind]).flatMap((entry): ComposeMount[] => {
    const source = isMap(entry) ? text(entry.source) : text(entry);
    const definition = known[source ?? ""];
    if (!source || !isMap(definition) || typeof definition.file !== "string") return [];
    const usual = kind === "secrets" ? `/run/secrets/${source}` : `/${source}`;
    const target = (isMap(entry) && text(entry.target)) || usual;
    return [{ kind: "bind", source: resolve(directory, definition.file), target }];
  });
}

/** The path on the host of a file in a service, when a bind mount leads there. */
export function hostPath(service: ComposeService, path: string): string | undefined {
  const mounts = service.mounts.filter(
    ({ target }) => path === target || path.startsWith(`${target.replace(/\/$/, "")}/`),
  );
  const mount = mounts.sort((a, b) => b.target.length - a.target.length)[0];
  if (mount?.kind !== "bind" || mount.source === undefined) return undefined;
  return join(mount.source, path.slice(mount.target.length));
}

/** A scalar as text. */
export function text(value: unknown): string | undefined {
  return value === undefined || value === null || typeof value === "object" ? undefined : String(value);
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
}

function words(value: unknown): string[] {
  return list(value).flatMap((item) => (isMap(item) ? (text(item.path) ?? []) : (text(item) ?? [])));
}

/** A mapping, or a list of `NAME=value`. */
function pairs(value: unknown): Record<string, string> {
  if (isMap(value)) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, text(inner) ?? ""]));
  return Object.fromEntries(
    words(value).map((entry) => {
      const [key = "", ...rest] = entry.split("=");
      return [key, rest.join("=")];
    }),
  );
}
