import { type AccessOptions, type AccessRule, ANYONE, OWN_ACCOUNT, type Right, USERS } from "./options";
import { covers, escaped, holds, narrowestFirst, patternExpression } from "./pattern";

// docker_auth takes the first entry that fits and no other. The rules of an environment add up instead: each entry here holds
// what all of them give, for one pattern, and narrower patterns come first.

/** An entry of docker_auth's `acl`. */
export interface AclEntry {
  readonly match: { readonly account?: string; readonly type: "repository" | "registry"; readonly name: string };
  readonly actions: readonly string[];
}

/** The rules as docker_auth takes them. */
export function aclEntries(access: AccessOptions): AclEntry[] {
  const patterns = [...new Set(access.rules.map(({ repository }) => repository))].sort(narrowestFirst);
  const catalog = (access.catalog ?? []).flatMap((who) => members(access, who));
  return [
    { match: { account: account([OWN_ACCOUNT]), type: "repository", name: "/^.+$/" }, actions: ["*"] },
    ...[...new Set([OWN_ACCOUNT, ...catalog])].map((who): AclEntry => {
      const named = who === USERS ? SOMEBODY : account([who]);
      return { match: { account: named, type: "registry", name: "catalog" }, actions: ["*"] };
    }),
    ...patterns.flatMap((pattern) => entriesOf(access, pattern)),
  ];
}

/** Somebody who logged in. */
const SOMEBODY = "/^.+$/";

/** Everybody's rights on the repositories of a pattern that no narrower one has. */
function entriesOf(access: AccessOptions, pattern: string): AclEntry[] {
  const rules = access.rules.filter(({ repository }) => holds(repository, pattern));
  const given = (...names: string[]) => rightsOf(rules.filter(({ who }) => concerns(access, who, names)));
  const entry = (actions: readonly Right[], account?: string): AclEntry => ({
    match: { ...(account && { account }), type: "repository", name: `/${patternExpression(pattern)}/` },
    actions,
  });
  const everybody = given(ANYONE);
  const users = given(ANYONE, USERS);
  const names = [...new Set(rules.flatMap(({ who }) => who.flatMap((one) => members(access, one))))]
    .filter((name) => name !== ANYONE && name !== USERS)
    .sort();
  const alike = new Map<string, string[]>();
  for (const name of names) {
    const rights = given(ANYONE, USERS, name).join();
    if (rights !== users.join()) alike.set(rights, [...(alike.get(rights) ?? []), name]);
  }
  return [
    ...[...alike].map(([rights, those]) => entry(rights.split(",") as Right[], account(those))),
    ...(users.join() === everybody.join() ? [] : [entry(users, SOMEBODY)]),
    entry(everybody),
  ];
}

/** Why somebody may do something, or may not. */
export interface Decision {
  readonly allowed: boolean;
  /** Numbers of the rules that say so, from 1. */
  readonly rules: readonly number[];
  /** What else says so. @default - a rule */
  readonly because?: "own-user" | "catalog";
}

/** What the rules say. @param user nothing: somebody without a login */
export function decide(
  access: AccessOptions,
  user: string | undefined,
  repository: string | undefined,
  action: Right | "catalog",
): Decision {
  if (user === OWN_ACCOUNT) return { allowed: true, rules: [], because: "own-user" };
  const names = user === undefined ? [ANYONE] : [ANYONE, USERS, user];
  if (action === "catalog") {
    return {
      allowed: user !== undefined && concerns(access, access.catalog ?? [], names),
      rules: [],
      because: "catalog",
    };
  }
  const fitting = access.rules.flatMap((rule, n) =>
    covers(rule.repository, repository ?? "") && concerns(access, rule.who, names) ? [{ rule, n: n + 1 }] : [],
  );
  const needed: Right[] = action === "push" ? ["pull", "push"] : [action];
  const given = rightsOf(fitting.map(({ rule }) => rule));
  const allowed = needed.every((right) => given.includes(right));
  const telling = fitting.filter(({ rule }) => !allowed || rule.may.includes(action));
  return { allowed, rules: telling.map(({ n }) => n) };
}

/** Whether somebody without a login may do anything. */
export const isOpenToAnyone = ({ rules }: AccessOptions) => rules.some(({ who }) => who.includes(ANYONE));

/** Who a word of `who` means: a group's members, or itself. */
export function members({ groups = {} }: AccessOptions, who: string): readonly string[] {
  return Object.hasOwn(groups, who) ? (groups[who] ?? []) : [who];
}

function concerns(access: AccessOptions, who: readonly string[], names: readonly string[]): boolean {
  return who.some((one) => members(access, one).some((member) => names.includes(member)));
}

/** What some rules give together, in one order. */
function rightsOf(rules: readonly AccessRule[]): Right[] {
  return (["pull", "push", "delete"] as const).filter((right) => rules.some(({ may }) => may.includes(right)));
}

/** Names as docker_auth compares them: as an expression, since it takes `*` in a plain one for a wildcard. */
const account = (names: readonly string[]) => `/^(?:${names.map(escaped).join("|")})$/`;
