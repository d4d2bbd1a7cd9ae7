import { expect, test } from "vitest";
import { RegistryStorage } from "../../../constructs";
import { built, objects } from "./kubernetes-stack";

const claims = (...args: Parameters<typeof built>) => objects(built(...args), "persistent_volume_claim");

test("a claim is one node's, bound when its pod comes, of the class that was asked for", () => {
  for (const { spec, wait_until_bound, metadata } of Object.values(
    claims({ storage: { storageClass: "fast", sizeGb: 7 } }),
  )) {
    expect(wait_until_bound).toBe(false);
    expect(spec).toEqual({
      access_modes: ["ReadWriteOnce"],
      storage_class_name: "fast",
      resources: { requests: { storage: "7Gi" } },
    });
    expect(metadata.labels["dev.private-registry.environment"]).toBe("lab");
  }
  expect(claims()["data-lab-rustfs-0"].spec.storage_class_name).toBeUndefined();
});

test("who gives the data up may lose the claims", () => {
  const storage = RegistryStorage.rustfs({ volume: { protect: false } });
  for (const { lifecycle } of Object.values(claims({}, { storage }))) expect(lifecycle.prevent_destroy).toBe(false);
});

test("a StatefulSet looks for them as they are", () => {
  const stack = built({ storage: { storageClass: "fast", sizeGb: 7 } });
  const { spec } = objects(stack, "stateful_set")["lab-rustfs"];
  const [template, ...others] = spec.volume_claim_template;
  expect(others).toEqual([]);
  const made = objects(stack, "persistent_volume_claim")["data-lab-rustfs-3"];
  expect(template.spec).toEqual(made.spec);
  expect(`${template.metadata.name}-${spec.service_name}-3`).toBe(made.metadata.name);
  const mounts = spec.template.spec.container[0].volume_mount;
  expect(mounts).toContainEqual({ mount_path: "/data", name: "data", read_only: false });
});
