import { holdsUsers } from "../../../plan/user-list";
import { causeOf } from "../../cause";
import type { Problem } from "../../finding";
import type { Rule } from "../../rule";
import type { Container, Upload } from "../../world/container";

export const usersChanged: Rule = {
  id: "users-changed",
  category: "exposure",
  severity: "warning",
  what: "Users of the registry are added, removed or get another password",
  why: "Added users can pull and push everything, unless `access` gives rights. Removed users and their machines are refused from now on.",
  fix: "Check that the names are the ones that were asked for.",
  fact: "htpasswd has no rights per repository. Distribution reads a changed file within a second, without a restart. Pods see a changed Secret within about a minute.",
  consequence: (transition) => {
    const said = new Set<string>();
    return transition.containers.flatMap(({ change, before, after }) => {
      const file = fileOf(after);
      const found = compare(usersOf(fileOf(before)), usersOf(file));
      // A Secret is its own cause; several pods may mount it.
      const address = file?.from ?? change.address;
      if (!found || said.has(address)) return [];
      said.add(address);
      const cause = file?.from ? undefined : causeOf(change, transition.plan);
      return { address, ...found, cause: cause?.startsWith("`upload") ? undefined : cause };
    });
  },
};

function compare(old: Users | undefined, next: Users | undefined): Pick<Problem, "message" | "severity"> | undefined {
  if (!next) return undefined;
  const joined = next.wrong.filter((line) => !old?.wrong.includes(line));
  const parts = old ? differences(old.hashes, next.hashes) : [];
  if (joined.length > 0) {
    parts.push(
      `line ${joined.join(", ")} is not one user's \`name:bcrypt-hash\`, and of users on one line at most the first can log in`,
    );
  }
  if (parts.length === 0) return undefined;
  const nobody = next.hashes.size === 0 && next.wrong.length === 0;
  const onlyRenewed = parts.every((part) => part.startsWith("another password"));
  return {
    message: `Users: ${parts.join("; ")}.${nobody ? " Nobody can log in any more." : ""}`,
    severity: joined.length > 0 || nobody ? "error" : onlyRenewed ? "info" : "warning",
  };
}

interface Users {
  /** Name → hash, which is a token here. */
  readonly hashes: ReadonlyMap<string, string>;
  /** Numbers of the lines that Distribution makes nobody of, or only the first of several. */
  readonly wrong: readonly number[];
}

function fileOf(container: Container | undefined): Upload | undefined {
  return container?.uploads.find(({ content }) => content !== undefined && holdsUsers(content));
}

/** The users as Distribution reads them, line by line. */
function usersOf(file: Upload | undefined): Users | undefined {
  if (file?.content === undefined) return undefined;
  const hashes = new Map<string, string>();
  const wrong: number[] = [];
  for (const [n, raw] of file.content.split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const { name, hash } = /^(?<name>[^:]+):(?<hash>[^:\s]+|\([^:()]+\))$/.exec(line)?.groups ?? {};
    if (name && hash) hashes.set(name, hash);
    else wrong.push(n + 1);
  }
  return { hashes, wrong };
}

function differences(old: ReadonlyMap<string, string>, next: ReadonlyMap<string, string>): string[] {
  return [
    namesText(
      "added",
      [...next.keys()].filter((name) => !old.has(name)),
    ),
    namesText(
      "removed",
      [...old.keys()].filter((name) => !next.has(name)),
    ),
    namesText(
      "another password",
      [...next.keys()].filter((name) => old.has(name) && old.get(name) !== next.get(name)),
    ),
  ].filter((part) => part !== undefined);
}

function namesText(what: string, names: readonly string[]): string | undefined {
  return names.length > 0 ? `${what}: ${names.map((name) => `\`${name}\``).join(", ")}` : undefined;
}
