import { command } from "../command";
import type { KnownFailure } from "../known-failures";

/** What Terraform's Kubernetes provider says, in a person's words (hashicorp/kubernetes 3.2.1). */
export const KUBERNETES_FAILURES: readonly KnownFailure[] = [
  {
    id: "kubernetes-job",
    pattern: /job: (?<namespace>[\w-]+)\/(?<name>[\w-]+) is in failed state/,
    explain: ({ groups }, { environment }) => ({
      message: `The Job ${groups?.name} failed`,
      remedy: `${command("logs", environment, groups?.name?.slice(environment.length + 1) ?? "", "--no-follow")} says why; then ${command("up", environment)} runs it again`,
    }),
  },
  {
    id: "kubernetes-rollout",
    pattern: /Waiting for rollout to finish: (?<what>[^\n]*)|(?<set>StatefulSet \S+) is not finished rolling out/,
    explain: ({ groups }, { environment }) => ({
      message: `Pods did not become ready in time: ${(groups?.what ?? groups?.set ?? "").trim()}`,
      remedy: `${command("status", environment)} says which, and why; ${command("up", environment)} goes on from here`,
    }),
  },
  {
    id: "kubernetes-exists",
    pattern: /(?<kind>[a-z.]+) "(?<name>[^"]+)" already exists/,
    explain: ({ groups }, { environment }) => ({
      message: `${groups?.name} (${groups?.kind}) was made by somebody else in the meantime`,
      remedy: `${command("up", environment)} looks whose it is`,
    }),
  },
  {
    id: "kubernetes-forbidden",
    pattern:
      /User "(?<user>[^"]*)" cannot (?<verb>\S+) resource "(?<resource>[^"]+)"(?: in API group "(?<group>[^"]*)")?/,
    explain: ({ groups }, { environment }) => ({
      message: `${groups?.user} may not ${groups?.verb} ${groups?.resource}${groups?.group ? `.${groups.group}` : ""}`,
      remedy: `whoever runs the cluster gives that by a RoleBinding; ${command("doctor", environment)} lists what is needed`,
    }),
  },
  {
    id: "kubernetes-quota",
    pattern: /exceeded quota: (?<what>[^\n]*)/,
    explain: ({ groups }, { environment }) => ({
      message: `The namespace's quota is used up: ${groups?.what}`,
      remedy: `raise it, or ask for less in environments/${environment}.yaml; then ${command("up", environment)}`,
    }),
  },
];
