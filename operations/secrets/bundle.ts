import { dirname } from "node:path";
import { credentialProblem } from "../../constructs/registry/credentials";
import { isMap } from "../../constructs/values/is-map";
import { command } from "../command";
import { Failure } from "../failure";
import { makePrivateFolder, writePrivateFile } from "../private-files";
import { type Login, loginPath } from "../registry/login";
import { readSecrets, type Secrets, secretsPath, writeSecrets } from "./file";

/** What one machine gives another. */
interface Bundle {
  readonly variables: Secrets;
  readonly login?: Login;
}

/**
 * Every secret of an environment as one line of base64: CI systems mask a value of one line in this alphabet, whatever is in
 * it, and no shell takes it apart.
 */
export function makeBundle(environment: string): string {
  const variables = readSecrets(secretsPath(environment));
  if (Object.keys(variables).length === 0) {
    throw new Failure(
      `${secretsPath(environment)} holds nothing on this machine`,
      `${command("secrets init", environment)} makes the secrets of a new environment`,
    );
  }
  const { user, password } = readSecrets(loginPath(environment));
  const bundle: Bundle = { variables, ...(user && password && { login: { user, password } }) };
  return Buffer.from(JSON.stringify(bundle)).toString("base64");
}

/** What `importBundle` did, in names of variables. */
export interface Imported {
  readonly taken: readonly string[];
  readonly kept: readonly string[];
  /** Those that the environment does not have. */
  readonly unknown: readonly string[];
}

/**
 * Takes over what `makeBundle` printed; or a secrets file, or the lines that `secrets env` prints.
 * @param names the environment's variables
 * @param replace whether a value that differs from the one here takes its place
 * @throws Failure for a text that is none of these, and for a value that differs
 */
export function importBundle(environment: string, text: string, names: readonly string[], replace: boolean): Imported {
  const { variables, login } = parseBundle(text);
  const before = readSecrets(secretsPath(environment));
  const known = Object.keys(variables).filter((name) => names.includes(name));
  const problems = known.flatMap((name) => {
    const problem = credentialProblem(name, variables[name] ?? "");
    return problem ? [`${name}: ${problem}`] : [];
  });
  if (problems.length > 0) throw new Failure(`${problems.join("\n")}\nNothing was taken`);
  const differing = known.filter((name) => before[name] && before[name] !== variables[name]);
  if (differing.length > 0 && !replace) {
    throw new Failure(
      `${differing.join(", ")}: the value here is another one, so nothing was taken`,
      `give --replace to take the other machine's: ${command("secrets import", environment, "--replace")}`,
    );
  }
  const taken = known.filter((name) => before[name] !== variables[name]);
  if (taken.length > 0) {
    writeSecrets(secretsPath(environment), {
      ...before,
      ...Object.fromEntries(taken.map((name) => [name, variables[name] ?? ""])),
    });
  }
  if (login) {
    makePrivateFolder(dirname(loginPath(environment)));
    writePrivateFile(loginPath(environment), `${JSON.stringify(login, undefined, 2)}\n`);
  }
  return {
    taken,
    kept: known.filter((name) => !taken.includes(name)),
    unknown: Object.keys(variables).filter((name) => !names.includes(name)),
  };
}

const EXPORT = /^export TF_VAR_(?<name>\w+)='(?<value>(?:[^']|'\\'')*)'$/gm;

function parseBundle(text: string): Bundle {
  const trimmed = text.trim();
  const lines = [...trimmed.matchAll(EXPORT)].map(({ groups }) => [
    groups?.name,
    groups?.value?.replaceAll("'\\''", "'"),
  ]);
  if (lines.length > 0) return { variables: Object.fromEntries(lines) };
  const json = trimmed.startsWith("{") ? trimmed : Buffer.from(trimmed, "base64").toString("utf8");
  try {
    const value = JSON.parse(json) as Partial<Bundle> | Secrets;
    const bundle = isMap(value.variables) ? (value as Bundle) : { variables: value as Secrets };
    if (isMap(bundle.variables) && Object.values(bundle.variables).every((one) => typeof one === "string"))
      return bundle;
  } catch {
    // The parser's message would quote the text, which is secret.
  }
  throw new Failure(
    "That is no set of secrets; nothing was changed",
    "give what `secrets export ENV` or `secrets env ENV` printed, or a secrets file, on standard input",
  );
}
