import { kubernetesRules as rules } from "../../constructs/rules/kubernetes";
import { finding, type Rule } from "./rule";
import { shared } from "./shared";

/** Rules about the cluster that runs a registry. */
export const kubernetesRules: readonly Rule[] = [
  {
    id: "one-platform",
    reads: ["docker", "kubernetes"],
    check: ({ docker, kubernetes }) =>
      docker && kubernetes
        ? [
            finding(
              "kubernetes",
              "must not stand beside docker: an environment runs on one of them",
              `context ${kubernetes.context}`,
              "remove one of the two",
            ),
          ]
        : [],
  },
  ...rules.map((rule) => shared(rule, "kubernetes", ({ kubernetes }) => kubernetes)),
];
