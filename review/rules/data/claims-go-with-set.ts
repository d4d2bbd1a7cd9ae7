import { text } from "../../../plan/json";
import { code } from "../../brief";
import { causeOf } from "../../cause";
import { block, type KubernetesObject, objectOf } from "../../kubernetes/object";
import type { Rule } from "../../rule";

export const claimsGoWithSet: Rule = {
  id: "claims-go-with-set",
  category: "data",
  severity: "warning",
  what: "Claims are deleted together with the StatefulSet, or when it gets fewer pods",
  why: "A StatefulSet is replaced for small things, such as another Service. Its claims would go with it, and their files.",
  fix: 'Set both fields of `persistent_volume_claim_retention_policy` to `"Retain"`, or leave it out.',
  fact: "`when_deleted` and `when_scaled` are `Retain` by default; with `Delete` Kubernetes removes the claims that the set's templates made.",
  consequence: ({ plan }) =>
    plan.changes.flatMap((change) => {
      const object = change.before && objectOf({ ...change, values: change.before });
      const goes = change.action === "delete" || change.action === "replace";
      if (!object || !goes || change.keepsOld || policyOf(object).when_deleted !== "Delete") return [];
      return {
        address: change.address,
        severity: "error" as const,
        message: `StatefulSet ${code(object.name)} goes with all claims that it made: everything in them is deleted.`,
        cause: causeOf(change, plan),
        impact: { kind: "data-loss" as const },
      };
    }),
  posture: ({ objects }) =>
    objects
      .filter((object) => Object.values(policyOf(object)).includes("Delete"))
      .map(({ address, name }) => ({
        address,
        message: `The claims of StatefulSet ${code(name)} are deleted with it or with its pods.`,
      })),
};

function policyOf({ kind, spec }: KubernetesObject): { when_deleted?: string; when_scaled?: string } {
  if (kind !== "stateful_set") return {};
  const policy = block(spec, "persistent_volume_claim_retention_policy");
  return { when_deleted: text(policy.when_deleted), when_scaled: text(policy.when_scaled) };
}
