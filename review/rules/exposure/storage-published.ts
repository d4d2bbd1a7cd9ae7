import { code } from "../../brief";
import type { Rule } from "../../rule";
import { publicPorts, published } from "../../world/ports";

export const storagePublished: Rule = {
  id: "storage-published",
  category: "exposure",
  severity: "error",
  what: "The storage or a database is published beyond the Docker host or the cluster",
  why: "Whoever gets its keys reads, replaces and deletes images behind the registry's back.",
  fix: "Publish it to 127.0.0.1, or not at all: the registry reaches it over their network. In a cluster a Service of type `ClusterIP` is enough.",
  fact: "S3 keys are the only lock, and the registry's own passwords do not apply there.",
  posture: ({ containers }) =>
    containers
      .filter(({ role }) => role === "storage" || role === "database")
      .flatMap((container) =>
        publicPorts(container).map((port) => ({
          address: port.via?.resource ?? container.address,
          message: `${container.title} (${code(container.name)}) is published at ${published(port)}.`,
        })),
      ),
};
