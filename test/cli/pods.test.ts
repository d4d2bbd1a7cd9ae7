import { expect, test } from "vitest";
import { essentialText } from "../../cli/render/status";
import { createStyle } from "../../cli/render/style";
import type { ContainerStatus } from "../../operations/status/container";
import type { Essentials } from "../../operations/status/status";

function lines(container: Partial<ContainerStatus>): string[] {
  const essentials: Essentials = {
    ...{ environment: "lab", url: "http://127.0.0.1:5000", dockerHost: "Kubernetes, context k, namespace lab" },
    containers: [{ name: "lab-registry", state: "running", health: "healthy", restarts: 0, ...container }],
    storage: { location: "claims" },
    late: [],
  };
  const text = essentialText(essentials, createStyle(false)).split("\n");
  return text.slice(2, text.indexOf("", 2));
}

test("how many pods are ready, and why one is not", () => {
  expect(lines({ pods: { ready: 2, wanted: 2, unready: [] } })).toEqual([
    "  ● lab-registry             healthy, 2 of 2 pods ready",
  ]);
  const unready = [{ pod: "lab-registry-b", why: "Unschedulable: 0/3 nodes are available" }];
  expect(
    lines({
      health: "unhealthy",
      pods: { ready: 1, wanted: 2, unready },
      startFailure: { message: "Unschedulable", remedy: "kubectl describe pod lab-registry-b" },
    }),
  ).toEqual([
    "  ● lab-registry             unhealthy, 1 of 2 pods ready",
    "               lab-registry-b: Unschedulable: 0/3 nodes are available",
    "               → kubectl describe pod lab-registry-b",
  ]);
});
