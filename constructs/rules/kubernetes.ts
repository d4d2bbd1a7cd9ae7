import type { KubernetesOptions } from "../platform/kubernetes-options";
import { type OptionRule, unless } from "./rule";

/** What of a cluster's options depends on each other. */
export const kubernetesRules: readonly OptionRule<KubernetesOptions>[] = [
  {
    id: "one-storage-node-or-four",
    reads: ["storage.nodes"],
    check: ({ storage: { nodes = 4 } = {} }) =>
      unless(
        nodes === 1 || nodes >= 4,
        "storage.nodes",
        "must be 1, or 4–16: with 2 or 3 RustFS keeps no object on enough of them to lose one and go on",
        nodes,
        "write 4, or 1 for a registry that may lose its disk",
      ),
  },
  {
    id: "node-port-for-node-port",
    reads: ["expose.by", "expose.nodePort"],
    check: ({ expose: { by, nodePort } = {} }) =>
      unless(
        nodePort === undefined || by === "node-port",
        "expose.nodePort",
        "is for `by: node-port` only",
        nodePort,
        "remove it, or write by: node-port",
      ),
  },
  {
    id: "source-ranges-for-load-balancer",
    reads: ["expose.by", "expose.sourceRanges"],
    check: ({ expose: { by = "load-balancer", sourceRanges } = {} }) =>
      unless(
        sourceRanges === undefined || by === "load-balancer",
        "expose.sourceRanges",
        "is for `by: load-balancer` only: nothing else of a cluster looks at it",
        by,
        "remove it; an Ingress controller has an annotation of its own for it",
      ),
  },
  {
    id: "ingress-options-for-ingress",
    reads: ["expose.by", "expose.className", "expose.tlsSecretName"],
    check: ({ expose: { by, className, tlsSecretName } = {} }) =>
      [["expose.className", className] as const, ["expose.tlsSecretName", tlsSecretName] as const].flatMap(
        ([option, value]) =>
          unless(
            value === undefined || by === "ingress",
            option,
            "is for `by: ingress` only",
            value,
            "remove it, or write by: ingress",
          ),
      ),
  },
];
