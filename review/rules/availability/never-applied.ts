import { allowsBefore, isNeverApplied, root } from "../../../plan/docker-facts";
import { code } from "../../brief";
import type { Rule } from "../../rule";

export const neverApplied: Rule = {
  id: "never-applied",
  category: "availability",
  severity: "warning",
  what: "A change is planned that the provider never carries out",
  why: "The apply says that it succeeded, and the container stays as it was.",
  fix: "Force a replacement: put the value into a label as well (DockerHost does), or use `-replace`.",
  fact: "Up to 4.5.0 `healthcheck`, `init`, `tmpfs`, `cpu_period`, `cpu_quota` and the inside of `mounts` plan an update in place and send nothing to Docker (seen for `healthcheck` and `mounts`; kreuzwerker/terraform-provider-docker#988).",
  consequence: ({ plan }) =>
    plan.changes.flatMap((change) => {
      if (change.action !== "update" || !allowsBefore(plan.dockerProvider, 4, 6)) return [];
      const paths = change.attributes.map(({ path }) => path).filter((path) => isNeverApplied(change.type, path));
      if (paths.length === 0) return [];
      const roots = [...new Set(paths.map((path) => code(root(path))))];
      const all =
        paths.length === change.attributes.length
          ? " Nothing else changes: this apply does nothing to the container."
          : "";
      return {
        address: change.address,
        message: `The change of ${roots.join(", ")} is planned but never reaches Docker.${all}`,
      };
    }),
};
