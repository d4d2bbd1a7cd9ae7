import { get, list, strings, text } from "../../../plan/json";
import { code } from "../../brief";
import { block } from "../../kubernetes/object";
import { containersOf } from "../../kubernetes/pod";
import type { Rule } from "../../rule";
import type { Workload } from "../../world/container";

export const podSecurityWeakened: Rule = {
  id: "pod-security-weakened",
  category: "exposure",
  severity: "error",
  what: "Pods get rights on their node or in the cluster that they did not have",
  why: "Whoever takes over such a pod gets further: to the node's files and network, to other pods, to the cluster's API.",
  fix: "Take it back. Nothing in a registry needs it; a namespace under the `restricted` Pod Security Standard refuses most of it.",
  fact: "Defaults are open: root unless `run_as_non_root`, `allow_privilege_escalation` true, a token of the ServiceAccount in every pod.",
  consequence: (transition) =>
    transition.containers.flatMap(({ change, before, after }) => {
      if (!before?.workload || !after?.workload || !after.isMain) return [];
      const old = new Set(opened(before.workload).map(({ what }) => what));
      const more = opened(after.workload).filter(({ what }) => !old.has(what));
      return more.length > 0
        ? {
            address: change.address,
            severity: more.some(({ severe }) => severe) ? ("error" as const) : ("warning" as const),
            message: `Pods of ${code(after.name)} ${more.map(({ what }) => what).join(", ")} from now on.`,
          }
        : [];
    }),
};

interface Opened {
  readonly what: string;
  /** The node is open then. */
  readonly severe: boolean;
}

/** Everything that the `restricted` standard forbids, and the token. Privileged containers and the host's network have rules of their own. */
function opened({ template }: Workload): Opened[] {
  const pod = block(template, "spec");
  const told = (what: string, severe: boolean, is: boolean): Opened[] => (is ? [{ what, severe }] : []);
  const containers = containersOf(pod).map(({ container }) => container);
  const security = (container: unknown) => block(container, "security_context");
  const podSecurity = block(pod, "security_context");
  const any = (is: (container: unknown) => boolean) => containers.some(is);
  const isRoot = (container: unknown) => {
    const user = text(security(container).run_as_user) ?? text(podSecurity.run_as_user);
    const mustNot = [security(container).run_as_non_root, podSecurity.run_as_non_root].includes(true);
    return user === "0" || (!mustNot && user === undefined);
  };
  const paths = list(pod.volume).flatMap((volume) => text(block(volume, "host_path").path) ?? []);
  const added = containers.flatMap((container) => strings(block(security(container), "capabilities").add));
  const keepsAll = (container: unknown) => !strings(block(security(container), "capabilities").drop).includes("ALL");
  const profile = (holder: unknown) => text(block(holder, "seccomp_profile").type);
  return [
    ...paths.flatMap((path) => told(`get the node's ${code(path)}`, true, true)),
    ...told("see the node's processes", true, pod.host_pid === true),
    ...told("share the node's memory for messages", true, pod.host_ipc === true),
    ...told(
      "take a port of their node",
      false,
      any((one) => list(get(one, "port")).some((port) => Number(get(port, "host_port")) > 0)),
    ),
    ...told("may run as root", false, any(isRoot)),
    ...told(
      "may gain rights (`allow_privilege_escalation`)",
      false,
      any((one) => security(one).allow_privilege_escalation !== false),
    ),
    ...[...new Set(added)].flatMap((name) =>
      told(`have the capability ${code(name)}`, name !== "NET_BIND_SERVICE", true),
    ),
    ...told("keep Docker's default capabilities", false, any(keepsAll)),
    ...told(
      "run without a seccomp profile",
      false,
      any((one) => !isConfined(profile(security(one)) ?? profile(podSecurity))),
    ),
    ...told("get a token for the cluster's API", false, pod.automount_service_account_token !== false),
  ];
}

function isConfined(profile: string | undefined): boolean {
  return profile === "RuntimeDefault" || profile === "Localhost";
}
