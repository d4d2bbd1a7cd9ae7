import type { ITerraformDependable } from "cdktf";
import { describe, expect, test } from "vitest";
import { RegistryNetworks, type RegistryNetworksOptions } from "../../../constructs";
import { RecordingPlatform } from "../../support/recording-platform";
import { synthesize } from "../../support/synth";

const make = (options: RegistryNetworksOptions = {}, labels = {}) => {
  const platform = new RecordingPlatform();
  synthesize((scope) => void new RegistryNetworks(scope, "networks", { platform, name: "team", labels, ...options }));
  return platform.networks;
};

describe("RegistryNetworks", () => {
  test("keeps storage off the outside world, and says so explicitly on both", () => {
    expect(make()).toMatchObject({ "team-edge": { internal: false }, "team-storage": { internal: true } });
  });

  test("hands over every option", () => {
    const edge = { subnet: "172.30.0.0/24", gateway: "172.30.0.1", mtu: 1400, labels: { zone: "dmz" } };
    const networks = make({ edge, storage: { subnet: "172.31.0.0/24" } }, { owner: "ops" });
    expect(networks["team-edge"]).toMatchObject({ ...edge, labels: { owner: "ops", zone: "dmz" } });
    expect(networks["team-storage"]).toMatchObject({ subnet: "172.31.0.0/24", labels: { owner: "ops" } });
  });

  // Docker refuses a range inside one that it has just chosen itself: "Pool overlaps with other one on this address space".
  test.each([
    ["edge first, when only it has a range", { edge: { subnet: "172.30.0.0/24" } }, undefined, ["team-edge"]],
    ["storage first, when only it has a range", { storage: { subnet: "172.30.0.0/24" } }, ["team-storage"], undefined],
    ["both at once, when Docker chooses both", {}, undefined, undefined],
  ])("makes %s", (_, options, edge, storage) => {
    const networks = make(options);
    const after = (name: string) =>
      networks[name]?.dependsOn?.map((earlier) => (earlier as ITerraformDependable & { name: string }).name);
    expect({ edge: after("team-edge"), storage: after("team-storage") }).toEqual({ edge, storage });
  });

  test("are made after what the caller names, too", () => {
    const platform = new RecordingPlatform();
    synthesize((scope) => {
      const before = platform.volume(scope, "before", { name: "before", protect: false, service: "any" });
      const edge = { subnet: "172.30.0.0/24" };
      new RegistryNetworks(scope, "networks", { platform, name: "team", edge, dependsOn: [before] });
    });
    expect(platform.networks["team-edge"]?.dependsOn).toHaveLength(1);
    expect(platform.networks["team-storage"]?.dependsOn).toHaveLength(2);
  });

  test.each([575, 65536, 1.5])("refuses an MTU of %d", (mtu) => {
    expect(() => make({ edge: { mtu } })).toThrow("'edge.mtu' must be a whole number of bytes 576–65535");
  });
});
