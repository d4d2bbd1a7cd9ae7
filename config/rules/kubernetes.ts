import { kubernetesRules as rules } from "../../constructs/rules/kubernetes";
import { finding, type Rule, unless } from "./rule";
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
  {
    id: "backup-target-in-cluster",
    reads: ["kubernetes", "backup"],
    check: ({ kubernetes, backup }) =>
      unless(
        !kubernetes || !backup?.target?.startsWith("/"),
        "backup.target",
        "must not be a directory on Kubernetes: pods mount none of a node's",
        backup?.target,
        "write s3:https://HOST/BUCKET/PATH or sftp://USER@HOST/PATH",
      ),
  },
  ...rules.map((rule) => shared(rule, "kubernetes", ({ kubernetes }) => kubernetes)),
];
