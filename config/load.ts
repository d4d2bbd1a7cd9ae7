import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { NAME } from "../constructs/values/names";
import { type Diagnostic, type Finding, show } from "./diagnostic";
import { accessRules } from "./rules/access";
import { dockerRules } from "./rules/docker";
import { checkPairs, type Member } from "./rules/environments";
import { kubernetesRules } from "./rules/kubernetes";
import { monitoringRules } from "./rules/monitoring";
import { portRules } from "./rules/ports";
import { registryRules } from "./rules/registry";
import { registryMemory } from "./rules/registry-memory";
import { isPrefix, type Rule, runRules } from "./rules/rule";
import { storageRules } from "./rules/storage";
import { tlsRules } from "./rules/tls";
import { uiRules } from "./rules/ui";
import type { Environment, Parsed } from "./schema";
import { thisMachine } from "./schema/platforms";
import { checkSchema } from "./schema-check";
import { findSecrets } from "./secrets";
import { readSource, type Source, whole } from "./source";

/** Every rule about the keys of one file together. */
export const rules: readonly Rule[] = [
  ...kubernetesRules,
  ...dockerRules,
  ...tlsRules,
  ...registryRules,
  ...storageRules,
  ...portRules,
  ...monitoringRules,
  ...accessRules,
  ...uiRules,
];

/** A directory of environment files, read. */
export interface LoadedEnvironments {
  /** Those without problems of their own, in the order of their files. */
  readonly environments: readonly Environment[];
  /** Each environment's file, by the environment's name. */
  readonly files: ReadonlyMap<string, string>;
  /** All problems of all files, in the order of files and lines. Environments must not be used when there are any. */
  readonly diagnostics: readonly Diagnostic[];
}

/** One environment file, read. */
export interface LoadedEnvironment {
  /** @default - the file has problems */
  readonly environment?: Environment;
  readonly diagnostics: readonly Diagnostic[];
}

/** What is known of a file, for the checks of several. */
interface Loaded extends LoadedEnvironment {
  readonly member?: Member;
  readonly source?: Source;
}

/** Finds what else is wrong with an environment: what is built from it may refuse what no rule of the file mentions. */
export type Check = (environment: Environment) => readonly Finding[];

/**
 * Reads every *.yaml and *.yml file of a directory and checks each of them, and all together. Throws only when `check` does.
 * @param instead texts that count in place of what files hold, by their paths
 */
export function loadEnvironments(
  directory: string,
  check?: Check,
  instead: ReadonlyMap<string, string> = new Map(),
): LoadedEnvironments {
  const names = list(directory);
  if (!names || names.length === 0) {
    const rule = names ? "must hold an environment file" : "must be a directory that can be read";
    const fix = `create ${join(directory, "local.yaml")} with \`registry:\` and, below it, \`  host: localhost\``;
    return { environments: [], files: new Map(), diagnostics: [whole(directory, rule, fix)] };
  }
  const loaded = names.map((name) => {
    const file = join(directory, name);
    const text = instead.get(file);
    return text === undefined ? load(file, check) : parse(text, file, check);
  });
  const diagnostics = [...loaded.flatMap((one) => one.diagnostics), ...crossCheck(loaded)];
  return {
    environments: loaded.flatMap(({ environment }) => environment ?? []),
    files: new Map(loaded.flatMap(({ member }) => (member ? [[member.environment.name, member.file]] : []))),
    diagnostics: diagnostics.sort(byPlace),
  };
}

/** Reads one environment file by itself. Never throws. */
export function loadEnvironment(file: string): LoadedEnvironment {
  const { environment, diagnostics } = load(file);
  return { environment, diagnostics };
}

/** Checks the text of an environment file by itself; the file's name gives the environment its own. Never throws. */
export function parseEnvironment(text: string, file: string, check?: Check): LoadedEnvironment {
  const { environment, diagnostics } = parse(text, file, check);
  return { environment, diagnostics };
}

function list(directory: string): string[] | undefined {
  try {
    return readdirSync(directory)
      .filter((name) => /^[^.].*\.ya?ml$/.test(name))
      .sort();
  } catch {
    return undefined;
  }
}

function load(file: string, check?: Check): Loaded {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown";
    return {
      diagnostics: [whole(file, "must be a file that can be read", "correct its name, kind or permissions", code)],
    };
  }
  const text = decode(bytes);
  if (text !== undefined) return parse(text, file, check);
  return { diagnostics: [whole(file, "must be text in UTF-8", "save it again in that encoding")] };
}

function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function parse(text: string, file: string, check?: Check): Loaded {
  const { source, diagnostics } = readSource(text, file);
  if (!source) return { diagnostics };
  const schema = checkSchema(source.data);
  const naming = nameFindings(schema.parsed, file);
  const secrets = findSecrets(source.data);
  const broken = [...schema.broken, ...[...naming, ...secrets].map(({ path }) => path)];
  const environment = complete(schema.parsed, file);
  const others = [...schema.findings, ...naming, ...runRules(rules, environment, broken)];
  const own = [...secrets, ...others.filter((one) => !isAnswered(one, secrets))];
  const findings = [...own, ...checkFurther(environment, own, check)];
  const all = [...diagnostics, ...findings.map((finding) => source.diagnose(finding))].sort(byPlace);
  sources.set(environment, source);
  return {
    environment: all.length === 0 ? environment : undefined,
    diagnostics: all,
    member: { file, environment, broken },
    source,
  };
}

/** Where each environment came from, for what is found out about it later. */
const sources = new WeakMap<Parsed, Source>();

/** Puts a finding in its place in the environment's file; `undefined` for an environment that was not read from one. */
export function diagnose(environment: Environment, finding: Finding): Diagnostic | undefined {
  return sources.get(environment)?.diagnose(finding);
}

/** What a check finds besides; where something is broken already, it says the same or guesses. */
function checkFurther(
  environment: Environment,
  found: readonly Finding[],
  check: Check | undefined,
): readonly Finding[] {
  if (!check) return [];
  try {
    const isNew = ({ path }: Finding) => !found.some((one) => isPrefix(one.path, path) || isPrefix(path, one.path));
    return check(environment).filter(isNew);
  } catch (error) {
    // What is broken may have any form.
    if (found.length > 0) return [];
    throw error;
  }
}

/** A file's name that makes no name for the environment. */
function nameFindings({ name }: Parsed, file: string): Finding[] {
  if (name !== undefined || NAME.accepts(defaultName(file))) return [];
  const rule = "must be set when the file's name is not 1–40 lower-case letters, digits and hyphens";
  return [{ path: ["name"], rule, got: show(basename(file)), fix: "rename the file, or set name" }];
}

const defaultName = (file: string) => basename(file).replace(/\.ya?ml$/, "");

/** Fills in the defaults that depend on other keys. */
function complete(parsed: Parsed, file: string): Environment {
  const { docker, kubernetes, ...others } = parsed;
  const { name = defaultName(file), state } = others;
  return {
    ...others,
    name,
    docker: docker ?? (kubernetes ? undefined : thisMachine()),
    ...(kubernetes && { kubernetes: { ...kubernetes, namespace: kubernetes.namespace ?? name } }),
    registry: parsed.registry && { ...parsed.registry, memoryMb: registryMemory(parsed) },
    state: state?.backend === "local" ? { ...state, path: state.path ?? `state/${name}.tfstate` } : state,
  };
}

/** Whether correcting a secret corrects this too: the same key, or the unknown key that the secret is in. */
function isAnswered({ path, at }: Finding, secrets: readonly Finding[]): boolean {
  return secrets.some((secret) => isPrefix(path, secret.path) && (at === "key" || path.length === secret.path.length));
}

function crossCheck(loaded: readonly Loaded[]): Diagnostic[] {
  const sources = new Map(loaded.map(({ member, source }) => [member, source]));
  return checkPairs(loaded.flatMap(({ member }) => member ?? [])).flatMap(
    ({ member, finding }) => sources.get(member)?.diagnose(finding) ?? [],
  );
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}
