import Module from "node:module";
import { afterEach, expect, test, vi } from "vitest";
import { bindings } from "../../../constructs/platform/kubernetes-bindings";

afterEach(() => void vi.restoreAllMocks());

test.each([
  "KubernetesProvider",
  "ConfigMapV1",
  "DeploymentV1",
  "IngressV1",
  "JobV1",
  "NetworkPolicyV1",
  "PersistentVolumeClaimV1",
  "PodDisruptionBudgetV1",
  "SecretV1",
  "ServiceAccountV1",
  "ServiceV1",
  "StatefulSetV1",
] as const)("%s is found in the bindings", (name) => {
  expect(bindings[name].name).toBe(name);
});

test("bindings that are not installed are told of with the command that brings them", () => {
  const missing = Object.assign(new Error("Cannot find module"), { code: "MODULE_NOT_FOUND" });
  vi.spyOn(Module as unknown as { _load: () => unknown }, "_load").mockImplementation(() => {
    throw missing;
  });
  expect(() => bindings.JobV1).toThrow(
    expect.objectContaining({
      problems: [expect.objectContaining({ option: "kubernetes", fix: "npm install @cdktf/provider-kubernetes@12" })],
    }),
  );
});
