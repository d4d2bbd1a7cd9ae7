import { describe, expect, test } from "vitest";
import { DockerHost, RegistryNetworks } from "../../../constructs";
import { find, synthesize } from "../../support/synth";

describe("RegistryNetworks", () => {
  test("keeps storage off the outside world, and says so explicitly on both", () => {
    const stack = synthesize(
      (scope) => new RegistryNetworks(scope, "networks", { platform: new DockerHost(), name: "team" }),
    );
    expect(find(stack, "docker_network", "edge")).toMatchObject({
      name: "team-edge",
      internal: false,
      driver: "bridge",
    });
    expect(find(stack, "docker_network", "storage")).toMatchObject({ name: "team-storage", internal: true });
  });

  test("renders every option", () => {
    const stack = synthesize(
      (scope) =>
        new RegistryNetworks(scope, "networks", {
          platform: new DockerHost(),
          name: "team",
          labels: { owner: "ops" },
          edge: { subnet: "172.30.0.0/24", gateway: "172.30.0.1", mtu: 1400, labels: { zone: "dmz" } },
          storage: { subnet: "172.31.0.0/24" },
        }),
    );
    expect(find(stack, "docker_network", "edge")).toMatchObject({
      ipam_config: [{ subnet: "172.30.0.0/24", gateway: "172.30.0.1" }],
      options: { "com.docker.network.driver.mtu": "1400" },
      labels: [
        { label: "owner", value: "ops" },
        { label: "zone", value: "dmz" },
      ],
    });
    expect(find(stack, "docker_network", "storage")).toMatchObject({ ipam_config: [{ subnet: "172.31.0.0/24" }] });
  });

  test.each([575, 65536, 1.5])("refuses an MTU of %d", (mtu) => {
    expect(() =>
      synthesize(
        (scope) => new RegistryNetworks(scope, "n", { platform: new DockerHost(), name: "team", edge: { mtu } }),
      ),
    ).toThrow("'edge.mtu' must be a whole number of bytes 576–65535");
  });
});
