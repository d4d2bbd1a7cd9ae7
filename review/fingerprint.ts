import { createHash } from "node:crypto";
import { withoutIndex } from "../plan/declarations";
import { isComputed } from "../plan/docker-facts";
import { isSetByCluster, withoutVersion } from "../plan/kubernetes-facts";
import type { Change, Plan } from "../plan/model";
import { renumbered } from "../plan/secret-tokens";

/**
 * Equal for plans that do the same: what was approved is compared with what is about to be applied. Everything that an
 * apply does counts, shown or not: each value that will be set, what provisioners run, and where.
 *
 * What was found does not count: another rule or an acknowledgement makes no other plan. Nor do the values of secrets:
 * a fingerprint stands in public comments, and one made of secrets would let anybody try guesses.
 */
export function fingerprintOf(plan: Plan): string {
  const done = plan.changes.filter(({ action }) => action !== "none" && action !== "read");
  const told = [done.map((change) => whatItDoes(change, plan)), plan.outputs, plan.providerSettings];
  return createHash("sha256")
    .update(renumbered(JSON.stringify(told, sorted)))
    .digest("hex");
}

function whatItDoes(change: Change, plan: Plan): readonly unknown[] {
  const { address, type, action, createFirst, keepsOld, importing, previousAddress, attributes, after } = change;
  const set = Object.entries(after ?? {})
    .filter(([name]) => !isComputed(type, name) && !isSetByCluster(type, name))
    .map(([name, value]) => [name, withoutVersion(type, name, value)]);
  const runs = plan.declarations.get(withoutIndex(address))?.provisionerText;
  const how = [address, action, createFirst, keepsOld === true, importing, previousAddress];
  return [...how, attributes, Object.fromEntries(set), runs];
}

/** For `JSON.stringify`: keys in one order, whoever wrote them. */
function sorted(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
