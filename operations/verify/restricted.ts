import type { V1Container, V1Pod } from "../kubernetes/library";

/**
 * What of a pod the Pod Security Standard `restricted` does not allow, in its own words
 * (https://kubernetes.io/docs/concepts/security/pod-security-standards/).
 */
export function restrictedProblems({ spec }: V1Pod): string[] {
  if (!spec) return [];
  const pod = spec.securityContext ?? {};
  const host = (["hostNetwork", "hostPID", "hostIPC"] as const).filter((key) => spec[key]);
  const hostPaths = (spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => `hostPath ${name}`);
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  return [...host, ...hostPaths, ...containers.flatMap((container) => containerProblems(container, pod))];
}

type PodContext = NonNullable<NonNullable<V1Pod["spec"]>["securityContext"]>;

function containerProblems({ name, securityContext: own = {}, ports = [] }: V1Container, pod: PodContext): string[] {
  const seccomp = (own.seccompProfile ?? pod.seccompProfile)?.type;
  const added = (own.capabilities?.add ?? []).filter((one) => one !== "NET_BIND_SERVICE");
  const problems = [
    own.privileged ? "privileged" : "",
    own.allowPrivilegeEscalation === false ? "" : "allowPrivilegeEscalation != false",
    own.capabilities?.drop?.includes("ALL") ? "" : "capabilities are not dropped",
    added.length > 0 ? `capabilities ${added.join(", ")}` : "",
    (own.runAsNonRoot ?? pod.runAsNonRoot) ? "" : "runAsNonRoot != true",
    (own.runAsUser ?? pod.runAsUser) === 0 ? "runAsUser=0" : "",
    seccomp === "RuntimeDefault" || seccomp === "Localhost" ? "" : "no seccompProfile",
    ports.some(({ hostPort }) => hostPort) ? "hostPort" : "",
  ];
  return problems.filter(Boolean).map((problem) => `container ${name}: ${problem}`);
}
