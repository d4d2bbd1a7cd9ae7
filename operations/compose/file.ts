import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { isMap } from "../../constructs/values/is-map";
import { quote } from "../command";
import { Failure } from "../failure";
import { askDockerCompose, type ComposeConfig } from "./docker-compose";
import { interpolate, parseEnvFile, type Values } from "./interpolate";
import { type ComposeService, readService, text } from "./service";

export interface ComposeFile {
  readonly path: string;
  readonly directory: string;
  /** The project's name, which Docker Compose labels containers with. */
  readonly project: string;
  readonly services: readonly ComposeService[];
  /** Variables that had neither a value nor a default. */
  readonly absent: readonly string[];
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
