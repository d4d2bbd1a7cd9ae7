import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { isMap } from "../../constructs/values/is-map";
import { quote } from "../command";
import { Failure } from "../failure";
import { askDockerCompose, type ComposeConfig } from "./docker-compose";
import { readBuild } from "./dockerfile";
import { interpolate, parseEnvFile, type Values } from "./interpolate";

/** A published port of a service. */
export interface ComposePort {
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

export interface ComposeFile {
  readonly path: string;
  readonly directory: string;
  /** The project's name, which Docker Compose labels containers with. */
  readonly project: string;
  readonly services: readonly ComposeService[];
  /** Variables that had neither a value nor a default. */
  readonly absent: readonly string[];
}

type Raw = Record<string, unknown>;

/** What relative paths are relative to. */
interface Place {
  readonly directory: string;
  readonly project: string;
  readonly home?: string;
}

/**
 * Reads a compose file: Docker Compose does, where this machine has it; else this program does as far as it can.
 * @throws Failure when it cannot be read
 */
export function readComposeFile(path: string, variables: Values, project?: string): ComposeFile {
  if (!existsSync(path))
    throw new Failure(`there is no file ${path}`, "name the compose file, e.g. docker-compose.yml");
  const directory = dirname(resolve(path));
  refuseFirstForm(path);
  const { document, absent } = askDockerCompose(path, variables, project) ?? readAlone(path, directory, variables);
  if (!isMap(document) || !isMap(document.services))
    throw new Failure(`${path} has no services`, "name a compose file");
  const named = project ?? text(document.name) ?? variables.COMPOSE_PROJECT_NAME ?? projectName(directory);
  const services = Object.entries(document.services).map(([name, service]) => {
    if (!isMap(service)) throw new Failure(`service ${name} in ${path} is empty`, "remove it, or complete it");
    return readService(name, service, document, { directory, project: named, home: variables.HOME });
  });
  return { path, directory, project: named, services, absent };
}

/** What this program makes of a file by itself: `.env` beside it, variables, anchors. */
function readAlone(path: string, directory: string, variables: Values): ComposeConfig {
  const env = join(directory, ".env");
  const values = { ...(existsSync(env) ? parseEnvFile(readFileSync(env, "utf8")) : {}), ...variables };
  const absent = new Set<string>();
  const fill = (value: unknown): unknown => {
    if (typeof value === "string") return interpolate(value, values, (name) => absent.add(name));
    if (Array.isArray(value)) return value.map(fill);
    return isMap(value) ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fill(inner)])) : value;
  };
  const document = fill(parseYaml(path));
  if (!isMap(document)) return { document, absent: [] };
  const wants = "install Docker Compose (docker compose version), which reads such files, and import again";
  if ("include" in document) throw new Failure(`${path} includes other files`, wants);
  for (const [name, service] of Object.entries(isMap(document.services) ? document.services : {})) {
    if (isMap(service) && "extends" in service) throw new Failure(`service ${name} in ${path} extends another`, wants);
  }
  const projectOf = text(document.name) ?? values.COMPOSE_PROJECT_NAME;
  return { document: { ...document, ...(projectOf && { name: projectOf }) }, absent: [...absent] };
}

/** Files of before 2016 have their services at the top; Docker Compose 2 reads them no more. */
function refuseFirstForm(path: string): void {
  let document: unknown;
  try {
    document = parseYaml(path);
  } catch {
    // Docker Compose may read what this program cannot, and says what it cannot.
    return;
  }
  if (!isMap(document) || "services" in document || "include" in document) return;
  const services = Object.values(document).filter((one) => isMap(one) && ("image" in one || "build" in one));
  if (services.length === 0) return;
  throw new Failure(
    `${path} has the first form of compose files, without services:, which Docker Compose 2 does not read`,
    `put its services below that key, and import the result: (echo 'services:'; sed 's/^/  /' ${quote(path)}) > compose.yaml; links: and volumes_from: go, networks: and volumes: take their place`,
  );
}

function parseYaml(path: string): unknown {
  try {
    return parse(readFileSync(path, "utf8"), { merge: true, maxAliasCount: 100 });
  } catch (error) {
    throw new Failure(`${path} is not valid YAML`, "run: docker compose config", String((error as Error).message));
  }
}

/** Docker Compose's own rule. */
function projectName(directory: string): string {
  return basename(directory)
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, "")
    .replace(/^[_-]+/, "");
}

function readService(name: string, service: Raw, file: Raw, place: Place): ComposeService {
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

function text(value: unknown): string | undefined {
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
