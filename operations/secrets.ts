import { Htpasswd } from "../constructs/htpasswd";
import { Failure } from "./failure";
import { GENERATORS, randomPassword } from "./generate";
import { readSecrets, type Secrets, writeSecrets } from "./secrets-file";

/** What `initSecrets` did. */
export interface InitResult {
  /** Variables that got a new value. */
  readonly created: string[];
  /** Variables that had one, which is kept. */
  readonly kept: string[];
  /** Variables whose value somebody else decides, still to be filled in. */
  readonly missing: string[];
  /** The first user, when there was none; the password is shown once and stored only as a hash. */
  readonly user?: { readonly name: string; readonly password: string };
}

/** Gives every variable of an environment a value that has none yet; changes nothing that is there. */
export function initSecrets(path: string, variables: readonly string[], userName = "admin"): InitResult {
  const before = readSecrets(path);
  const after: Record<string, string> = { ...before };
  let user: InitResult["user"];
  for (const name of variables.filter((name) => !before[name])) {
    const make = GENERATORS[name];
    if (make) after[name] = make();
    if (name === "registry_htpasswd") {
      user = { name: userName, password: randomPassword() };
      after[name] = Htpasswd.empty.with(user.name, user.password).toString();
    }
  }
  const created = variables.filter((name) => !before[name] && after[name]);
  const kept = variables.filter((name) => before[name]);
  const missing = variables.filter((name) => !after[name]);
  if (created.length > 0) writeSecrets(path, after);
  return { created, kept, missing, user };
}

/**
 * Replaces one generated secret, or all of them.
 * @returns the names of what was replaced
 * @throws Failure for a name that is not generated here
 */
export function rotateSecrets(path: string, name?: string): string[] {
  const secrets = readSecrets(path);
  const known = Object.keys(secrets).filter((key) => GENERATORS[key]);
  if (name !== undefined && !known.includes(name)) {
    throw new Failure(`${name} is not a secret that can be rotated`, `known: ${known.join(", ")}`);
  }
  const names = name === undefined ? known : [name];
  writeSecrets(path, { ...secrets, ...Object.fromEntries(names.map((key) => [key, GENERATORS[key]?.() ?? ""])) });
  return names;
}

/** Reads the users, changes them, and writes them back when the change made a difference. */
export function changeUsers(path: string, change: (users: Htpasswd) => Htpasswd): Htpasswd {
  const secrets = readSecrets(path);
  const before = Htpasswd.parse(secrets.registry_htpasswd ?? "");
  const after = change(before);
  if (after.toString() !== before.toString()) writeSecrets(path, { ...secrets, registry_htpasswd: after.toString() });
  return after;
}

/** `export TF_VAR_name='value'` lines, for a shell's `eval`. */
export function exportLines(secrets: Secrets): string {
  return Object.entries(secrets)
    .map(([name, value]) => `export TF_VAR_${name}='${value.trimEnd().replaceAll("'", `'\\''`)}'`)
    .join("\n");
}
