import { list, strings } from "../../../plan/json";
import { code } from "../../brief";
import { causeOf } from "../../cause";
import { block, type KubernetesObject, objectOf, selects, textMap } from "../../kubernetes/object";
import type { Rule, Transition } from "../../rule";

export const networkPolicyWeakened: Rule = {
  id: "network-policy-weakened",
  category: "exposure",
  severity: "error",
  what: "A NetworkPolicy is removed or lets more through",
  why: "Every pod of the cluster may then talk to the storage, whose keys are its only lock, or the storage may send everything out.",
  fix: "Keep it, and name exactly the pods that must get through.",
  fact: "Pods that no policy selects accept and send everything. A rule without `from` or `to` means everybody.",
  consequence: (transition) =>
    transition.before.objects.flatMap((old) => {
      const change = transition.plan.changes.find(({ address }) => address === old.address);
      if (old.kind !== "network_policy" || !change) return [];
      const next = change.after && objectOf({ ...change, values: change.after });
      const parts = next ? widened(old, next) : removed(old, transition);
      return parts.length > 0
        ? {
            address: change.address,
            message: `NetworkPolicy ${code(old.name)} ${parts.join("; ")}.`,
            cause: next ? undefined : causeOf(change, transition.plan),
          }
        : [];
    }),
};

/** Without the pods that it was for, nothing is opened. */
function removed(policy: KubernetesObject, { after, plan }: Transition): string[] {
  const isKept = plan.changes.some(({ address, action }) => address === policy.address && action === "forget");
  const successor = after.objects.some(({ kind, name, namespace }) => {
    return kind === policy.kind && name === policy.name && namespace === policy.namespace;
  });
  const names = after.containers
    .filter(
      ({ workload, isMain }) =>
        workload && isMain && workload.namespace === policy.namespace && isFor(policy, workload.podLabels),
    )
    .map(({ name }) => code(name));
  return names.length > 0 && !isKept && !successor
    ? [`is removed: what it kept from ${names.join(", ")} gets through`]
    : [];
}

function isFor({ spec }: KubernetesObject, labels: ReadonlyMap<string, string>): boolean {
  return selects(textMap(block(spec, "pod_selector").match_labels), labels);
}

function widened(old: KubernetesObject, next: KubernetesObject): string[] {
  const dropped = typesOf(old).filter((type) => !typesOf(next).includes(type));
  const other = JSON.stringify(old.spec.pod_selector) !== JSON.stringify(next.spec.pod_selector);
  return [
    ...dropped.map((type) => `no longer limits ${type === "Ingress" ? "who comes in" : "what goes out"}`),
    ...(other ? ["is for other pods than before"] : []),
    ...newRules("ingress", "from", old, next),
    ...newRules("egress", "to", old, next),
  ];
}

function typesOf({ spec }: KubernetesObject): string[] {
  return strings(spec.policy_types);
}

function newRules(direction: string, peers: string, old: KubernetesObject, next: KubernetesObject): string[] {
  const known = new Set(list(old.spec[direction]).flatMap((rule) => allowed(rule, peers)));
  // Everybody on every port: nothing is wider.
  if (known.has("everybody") || !typesOf(next).some((type) => type.toLowerCase() === direction)) return [];
  const more = [...new Set(list(next.spec[direction]).flatMap((rule) => allowed(rule, peers)))];
  return more
    .filter((peer) => !known.has(peer))
    .map((peer) => `lets ${direction === "ingress" ? "in" : "out to"} ${peer}`);
}

/** Each peer of a rule with its ports, in words. */
function allowed(rule: unknown, peers: string): string[] {
  const ports = list(block({ rule }, "rule").ports).map((port) => {
    const { port: number, end_port, protocol } = block({ port }, "port");
    return `${number || "every port"}${end_port ? `-${end_port}` : ""}/${protocol ?? "TCP"}`;
  });
  const at = ports.length > 0 ? ` on ${ports.join(", ")}` : "";
  const named = list(block({ rule }, "rule")[peers]).map(peerText);
  return (named.length > 0 ? named : ["everybody"]).map((who) => `${who}${at}`);
}

function peerText(peer: unknown): string {
  const { cidr, except } = block(peer, "ip_block");
  if (cidr) return `${cidr}${strings(except).length > 0 ? ` without ${strings(except).join(", ")}` : ""}`;
  const pods = labelsText(block({ peer }, "peer").pod_selector);
  const spaces = labelsText(block({ peer }, "peer").namespace_selector);
  const who = pods ? `pods ${pods}` : "every pod";
  if (spaces === undefined) return `${who} of its namespace`;
  return spaces ? `${who} of namespaces ${spaces}` : `${who} of every namespace`;
}

/** Nothing when there is no selector, an empty text when it selects all. */
function labelsText(selectors: unknown): string | undefined {
  const [selector] = list(selectors);
  if (selector === undefined) return Array.isArray(selectors) && selectors.length > 0 ? "" : undefined;
  const labels = [...textMap(block({ selector }, "selector").match_labels)].map(([key, value]) => `${key}=${value}`);
  const others = list(block({ selector }, "selector").match_expressions).map((one) => JSON.stringify(one));
  return [...labels, ...others].join(", ");
}
