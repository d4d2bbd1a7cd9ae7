import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../../config";
import { isContainer } from "../../plan/plan-json";
import { PRIVATE_FOLDER } from "../private-files";
import { loginPath } from "../registry/login";
import { secretsPath } from "../secrets/file";

/** Where a local state lies unless the file says otherwise. */
const STATES = "state";

/** What is left of an environment that no file describes any more: paths of its state, its secrets, its plans. */
export function leftoversOf(name: string): string[] {
  if (!/^[\w-]+$/.test(name)) return [];
  const paths = [join(STATES, `${name}.tfstate`), secretsPath(name), loginPath(name), join(PRIVATE_FOLDER, name)];
  return paths.filter((path) => existsSync(path));
}

/**
 * The environment that a new one was, before its file was renamed: one without a file whose state holds a container that
 * publishes the same port of the same host.
 */
export function formerName(environment: Environment, all: readonly Environment[]): string | undefined {
  const { name, state, registry } = environment;
  if (state.backend !== "local" || existsSync(state.path ?? join(STATES, `${name}.tfstate`))) return undefined;
  const known = new Set(all.map((one) => one.name));
  return list(STATES)
    .flatMap((file) => /^(.+)\.tfstate$/.exec(file)?.[1] ?? [])
    .find((former) => !known.has(former) && publishes(join(STATES, `${former}.tfstate`), registry.publish.port));
}

interface State {
  readonly resources?: readonly {
    readonly type?: string;
    readonly instances?: readonly {
      readonly attributes?: { readonly ports?: readonly { readonly external?: number }[] };
    }[];
  }[];
}

function publishes(file: string, port: number): boolean {
  try {
    const { resources = [] } = JSON.parse(readFileSync(file, "utf8")) as State;
    const containers = resources.filter(isContainer).flatMap(({ instances = [] }) => instances);
    return containers.some(({ attributes }) => attributes?.ports?.some(({ external }) => external === port));
  } catch {
    return false;
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
