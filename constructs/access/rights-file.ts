import { literal } from "../values/literal";
import { type AccessOptions, OWN_ACCOUNT } from "./options";
import { aclEntries, isOpenToAnyone } from "./rights";

/** What `token-server.sh` reads beside the users: comments for itself, then docker_auth's `acl` as JSON, an entry a line. */
export function rightsFile(access: AccessOptions): string {
  const robots = Object.entries(access.robots ?? {}).flatMap(([name, { expires }]) =>
    expires === undefined ? [] : [`# robot ${name} ${expires}`],
  );
  // Whom an LDAP server calls so is neither our own user nor a robot.
  const local = access.ldap ? [OWN_ACCOUNT, ...Object.keys(access.robots ?? {})].map((name) => `# local ${name}`) : [];
  const entries = aclEntries(access).map((entry) => JSON.stringify(entry));
  return [
    ...robots.sort(),
    ...local.sort(),
    ...(isOpenToAnyone(access) ? ["# anyone"] : []),
    `[${entries.join(",\n")}]`,
    "",
  ].join("\n");
}

/** The rights as a plan shows them, a line each. Their order says nothing, so a moved rule is no change. */
export function shownRights({
  rules,
  groups = {},
  robots = {},
  catalog = [],
  ldap,
}: AccessOptions): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const { repository, who, may } of rules) {
    const key = `${repository} for ${[...who].sort().join(", ")}`;
    shown[key] = [...new Set([...(shown[key]?.split(", ") ?? []), ...may])].sort().join(", ");
  }
  for (const [name, those] of Object.entries(groups)) shown[`group ${name}`] = [...those].sort().join(", ");
  for (const [name, { expires }] of Object.entries(robots))
    shown[`robot ${name}`] = expires ? `to ${expires}` : "no end";
  if (catalog.length > 0) shown.catalog = [...catalog].sort().join(", ");
  if (ldap) shown.ldap = [ldap.url, ldap.base, ldap.filter].filter(Boolean).join(" ");
  // A name may have `${` in it, which Terraform reads in keys, too.
  return Object.fromEntries(Object.entries(shown).map(([key, value]) => [literal(key), literal(value)]));
}
