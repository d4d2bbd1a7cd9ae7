import { code } from "../../brief";
import type { Rule } from "../../rule";

export const privilegedContainer: Rule = {
  id: "privileged-container",
  category: "exposure",
  severity: "error",
  what: "A container runs privileged",
  why: "It may do anything on the host. Nothing in a registry needs that.",
  fix: "Drop `privileged`; add the one capability or device that is missing.",
  fact: "`privileged` gives all capabilities and all devices and lifts seccomp and AppArmor.",
  posture: ({ containers }) =>
    containers
      .filter(({ isPrivileged }) => isPrivileged)
      .map(({ address, name }) => ({ address, message: `${code(name)} runs privileged.` })),
};
