import { code } from "../../brief";
import type { Rule } from "../../rule";
import { unkept } from "../../world/data";

export const dataNotKept: Rule = {
  id: "data-not-kept",
  category: "data",
  severity: "error",
  what: "A container keeps data where the next replacement deletes it",
  why: "A new image or a new port replaces the container. Everything stored in it is deleted then.",
  fix: "Mount a named volume or a directory of the host there.",
  fact: "Almost every attribute of `docker_container` replaces it, and anonymous volumes go with it. A pod's own files and `emptyDir` go with the pod.",
  posture: (world) =>
    world.containers.flatMap((container) => {
      const paths = unkept(container, world);
      return paths.length > 0
        ? {
            address: container.address,
            fix: container.workload ? "Mount a claim there." : undefined,
            message: `${code(container.name)} keeps its data in ${paths.map(code).join(", ")}, which is on no named volume or directory.`,
          }
        : [];
    }),
};
