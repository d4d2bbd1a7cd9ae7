import { get } from "../../../plan/json";
import { bytesOf, kindOf } from "../../../plan/kubernetes-facts";
import { code } from "../../brief";
import { block } from "../../kubernetes/object";
import { nameOf } from "../../name";
import type { Rule } from "../../rule";

export const claimGrown: Rule = {
  id: "claim-grown",
  category: "data",
  severity: "info",
  what: "A claim gets more room",
  why: "There is no way back: a smaller size replaces the claim, and its files are gone.",
  fix: "Check that its storage class has `allowVolumeExpansion: true`; otherwise the apply fails, and nothing else happens.",
  fact: "The request is the only part of a claim's spec that Kubernetes changes in place.",
  consequence: ({ plan }) =>
    plan.changes.flatMap(({ address, type, action, before, after }) => {
      const [from, to] = [requestOf(before), requestOf(after)];
      const grows = (bytesOf(to) ?? 0) > (bytesOf(from) ?? Number.POSITIVE_INFINITY);
      return kindOf(type) === "persistent_volume_claim" && action === "update" && grows
        ? { address, message: `Claim ${code(nameOf(after) ?? address)} grows from ${from} to ${to}.` }
        : [];
    }),
};

function requestOf(values: unknown): unknown {
  return get(block(values, "spec", "resources").requests, "storage");
}
