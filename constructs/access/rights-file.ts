import type { AccessOptions } from "./options";
import { aclEntries, isOpenToAnyone } from "./rights";

/** What `token-server.sh` reads beside the users: comments for itself, then docker_auth's `acl` as JSON, an entry a line. */
export function rightsFile(access: AccessOptions): string {
  const robots = Object.entries(access.robots ?? {}).flatMap(([name, { expires }]) =>
    expires === undefined ? [] : [`# robot ${name} ${expires}`],
  );
  const entries = aclEntries(access).map((entry) => JSON.stringify(entry));
  return [...robots.sort(), ...(isOpenToAnyone(access) ? ["# anyone"] : []), `[${entries.join(",\n")}]`, ""].join("\n");
}

/** The rights as a plan shows them, a line each. Their order says nothing, so a moved rule is no change. */
export function shownRights({ rules, groups = {}, robots = {}, catalog = [] }: AccessOptions): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const { repository, who, may } of rules) {
    const key = `${repository} for ${[...who].sort().join(", ")}`;
    shown[key] = [...new Set([...(shown[key]?.split(", ") ?? []), ...may])].sort().join(", ");
  }
  for (const [name, those] of Object.entries(groups)) shown[`group ${name}`] = [...those].sort().join(", ");
  for (const [name, { expires }] of Object.entries(robots))
    shown[`robot ${name}`] = expires ? `to ${expires}` : "no end";
  if (catalog.length > 0) shown.catalog = [...catalog].sort().join(", ");
  return shown;
}
