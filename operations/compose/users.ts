import { existsSync, readFileSync } from "node:fs";
import { Htpasswd } from "../../constructs";
import { Failure } from "../failure";
import { type ComposeService, hostPath } from "./service";
import type { RegistrySettings } from "./settings";

/**
 * Reads the users that the registry knows.
 * @param named the htpasswd file, when the person named it
 * @returns nothing when the registry asks nobody for a password
 * @throws Failure when the file is out of reach, or holds a hash that is no bcrypt
 */
export function importUsers(service: ComposeService, settings: RegistrySettings, named?: string): Htpasswd | undefined {
  const inside = settings.text("auth.htpasswd.path");
  if (!inside && !named) return undefined;
  const path = named ?? hostPath(service, inside ?? "");
  if (!path || !existsSync(path)) {
    const container = service.containerName ?? service.name;
    throw new Failure(
      path ? `there is no file ${path}, which holds the users` : `${inside} is in a volume, out of reach from here`,
      `run: docker cp ${container}:${inside} htpasswd   and import again with --htpasswd htpasswd`,
    );
  }
  const text = readFileSync(path, "utf8");
  refuseOtherHashes(text, path);
  return Htpasswd.parse(text);
}

const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^\$apr1\$/, "Apache's MD5"],
  [/^\{SHA\}/, "SHA-1"],
  [/^\$[56]\$/, "SHA-crypt"],
  [/^\$2[aby]\$/, "a bcrypt hash that is not complete"],
];

/** Distribution lets nobody in by another hash than bcrypt, and says nothing about it. */
function refuseOtherHashes(text: string, path: string): void {
  const problems = text.split(/\r?\n/).flatMap((raw, n) => {
    const [name = "", hash = ""] = raw.trim().split(":");
    if (name === "" || name.startsWith("#") || /^\$2[aby]\$\d{2}\$[./A-Za-z0-9]{53}$/.test(hash)) return [];
    const kind = KINDS.find(([pattern]) => pattern.test(hash))?.[1] ?? "no hash that is known";
    return [`${path}:${n + 1}: user ${name} has ${kind}; the registry takes bcrypt only and never let ${name} in`];
  });
  if (problems.length === 0) return;
  throw new Failure(
    problems.join("\n"),
    `give each a new password: htpasswd -B ${path} NAME   or remove the line, and import again`,
  );
}
