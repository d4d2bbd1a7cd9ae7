import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { Failure } from "../failure";
import { readSecrets, type Secrets, writeSecrets } from "../secrets/file";
import { randomText } from "../secrets/generate";
import type { Variables } from "../terraform/terraform";

/** What gets into a target and opens what is encrypted there, by name. */
export type BackupSecretName =
  | "source_access_key"
  | "source_secret_key"
  | "access_key"
  | "secret_key"
  | "region"
  | "ssh_key_file"
  | "known_hosts_file"
  | "ca_file"
  | "password";

/** Where they are kept: not in the secrets file, where Terraform would warn of variables it does not know. */
export function backupSecretsPath(environment: string): string {
  return join("secrets", `${environment}.backup.json`);
}

/** The secrets of an environment's backups: from variables `PRIVATE_REGISTRY_BACKUP_…`, else from their file. */
export class BackupSecrets {
  private readonly environment: string;
  private readonly variables: Variables;
  private file: Secrets;

  constructor(environment: string, variables: Variables) {
    this.environment = environment;
    this.variables = variables;
    this.file = readSecrets(backupSecretsPath(environment));
  }

  public get(name: BackupSecretName): string | undefined {
    return this.variables[variableOf(name)] || this.file[name] || undefined;
  }

  /** @throws Failure saying where to write those that are missing */
  public require<Name extends BackupSecretName>(target: string, ...names: readonly Name[]): Record<Name, string> {
    const missing = names.filter((name) => !this.get(name));
    if (missing.length > 0) {
      const path = backupSecretsPath(this.environment);
      const example = JSON.stringify({ ...this.file, ...Object.fromEntries(missing.map((name) => [name, "…"])) });
      throw new Failure(
        `${target} needs ${missing.join(" and ")}, and this machine has none for ${this.environment}`,
        [
          `write them into ${path}, which git ignores: (umask 077; echo '${example}' >${path})`,
          `or export ${missing.map((name) => `${variableOf(name)}=…`).join(" ")}`,
        ].join("\n  → "),
      );
    }
    return Object.fromEntries(names.map((name) => [name, this.get(name) ?? ""])) as Record<Name, string>;
  }

  /** The password of what is encrypted; made and kept when there is none. @returns whether it was made now, too */
  public ensurePassword(): { readonly password: string; readonly isNew: boolean } {
    const known = this.get("password");
    if (known) return { password: known, isNew: false };
    const password = randomText(32);
    this.file = { ...this.file, password };
    writeSecrets(backupSecretsPath(this.environment), this.file);
    return { password, isNew: true };
  }

  /** Content of a file that a secret names; `~` is the home directory. @throws Failure when it is not there */
  public read(name: BackupSecretName): Buffer | undefined {
    const given = this.get(name) ?? (name === "known_hosts_file" ? "~/.ssh/known_hosts" : undefined);
    if (!given) return undefined;
    const path = given.replace(/^~(?=\/)/, homedir());
    if (existsSync(path)) return readFileSync(path);
    throw new Failure(
      `There is no file ${given}`,
      name === "known_hosts_file"
        ? `write the host's key there: ssh-keyscan HOST >>${given}, and compare it with the host's own`
        : `correct ${name} in ${backupSecretsPath(this.environment)}`,
    );
  }

  /** Values that no log may hold. */
  public get values(): string[] {
    return (["source_secret_key", "secret_key", "password"] as const).flatMap((name) => this.get(name) ?? []);
  }
}

function variableOf(name: BackupSecretName): string {
  return `PRIVATE_REGISTRY_BACKUP_${name.toUpperCase()}`;
}
