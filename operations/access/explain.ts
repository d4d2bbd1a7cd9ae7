import type { Environment } from "../../config";
import { ANYONE, OWN_ACCOUNT, type Right, USERS } from "../../constructs/access/options";
import { covers } from "../../constructs/access/pattern";
import { type Decision, decide, members } from "../../constructs/access/rights";
import { command } from "../command";

/** What is asked about. */
export interface Question {
  /** `anyone`: somebody without a login. */
  readonly user: string;
  readonly repository: string;
  readonly action: Right | "catalog";
}

/** Whether somebody may do something, and why. */
export interface Explanation {
  readonly allowed: boolean;
  /** Sentences, the first of which is the answer. */
  readonly lines: readonly string[];
}

type Access = NonNullable<Environment["access"]>;

/**
 * What the environment file says of a question; what runs says the same once it is applied.
 * @param users names of those who have a password; nothing: they are not known here
 * @param today as `2027-03-01`, UTC
 */
export function explain(
  { name, access }: Pick<Environment, "name" | "access">,
  question: Question,
  users: readonly string[] | undefined,
  today: string,
): Explanation {
  const { user, repository, action } = question;
  const isNobody = user === ANYONE;
  const what = action === "catalog" ? "list the names of all repositories" : `${action} ${repository}`;
  const answer = (allowed: boolean, ...reasons: readonly string[]): Explanation => ({
    allowed,
    lines: [
      `${allowed ? "yes" : "no"}: ${isNobody ? "somebody without a login" : user} may ${allowed ? "" : "not "}${what}`,
      ...reasons,
    ],
  });
  const isUnknown = !isNobody && users && !users.includes(user);
  const isLocal = user === OWN_ACCOUNT || (access && Object.hasOwn(access.robots, user));
  if (isUnknown && (isLocal || !access?.ldap))
    return answer(false, `there is no user ${user}: ${command("users add", name, user)} makes one`);
  if (!access)
    return isNobody
      ? answer(false, "without access everybody must log in")
      : answer(true, "without access whoever logs in may do everything");
  const expires = access.robots[user]?.expires;
  if (expires !== undefined && today > expires) return answer(false, `the robot's last day was ${expires}`);
  const decision = decide(access, isNobody ? undefined : user, repository, action);
  const looked = isUnknown ? [`the users' file has no ${user}: this is so if the LDAP server has`] : [];
  return answer(decision.allowed, ...looked, ...reasons(access, question, decision));
}

function reasons(
  access: Access,
  { user, repository, action }: Question,
  { because, rules, allowed }: Decision,
): string[] {
  if (because === "own-user") return ["it is the user of this program's own commands, who may do everything"];
  if (because === "catalog") {
    const { catalog = [] } = access;
    if (user === ANYONE) return ["the list takes a login"];
    if (!allowed) return [`access.catalog names ${catalog.length > 0 ? catalog.join(", ") : "nobody"}`];
    return [`access.catalog names ${catalog.filter((who) => isMeant(access, who, user)).join(", ")}`];
  }
  const cited = rules.map((n) => cite(access, n, user));
  if (allowed) return cited;
  const others = access.rules.flatMap(({ repository: pattern, may }, n) =>
    covers(pattern, repository) && may.includes(action as Right) && !rules.includes(n + 1) ? [cite(access, n + 1)] : [],
  );
  return [
    ...(cited.length > 0
      ? ["what the rules give there:", ...cited]
      : ["no rule about this repository is about this user"]),
    ...(others.length > 0 ? [`who may ${action} it:`, ...others] : [`no rule lets anybody ${action} it`]),
  ];
}

/** A rule as a person finds it in the file. */
function cite(access: Access, n: number, user?: string): string {
  const rule = access.rules[n - 1];
  if (!rule) return "";
  const via = rule.who.filter((who) => user !== undefined && user !== who && isMeant(access, who, user));
  const through = via.length > 0 ? `, by ${via.join(", ")}` : "";
  return `  access.rules[${n - 1}]: ${rule.repository} for ${rule.who.join(", ")} may ${rule.may.join(", ")}${through}`;
}

/** Whether a word of `who` is about a user. */
function isMeant(access: Access, who: string, user: string): boolean {
  return members(access, who).some((one) => one === user || one === ANYONE || (one === USERS && user !== ANYONE));
}
