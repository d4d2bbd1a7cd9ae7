import { describe, expect, test } from "vitest";
import { format } from "../../review";
import { reviewed } from "./builder";

/** As CDKTF writes it. */
const configuration = {
  "//": { metadata: { backend: "local", stackName: "prod", version: "0.21.0" }, outputs: {} },
  terraform: { required_providers: { docker: { source: "kreuzwerker/docker", version: "4.5.0" } } },
  variable: { key: { sensitive: true, type: "string" } },
  resource: {
    docker_image: { distribution: { name: "registry:latest", keep_locally: true } },
    docker_network: { edge: { name: "prod-edge", internal: false }, storage: { name: "prod-storage", internal: true } },
    docker_volume: { data: { name: "prod-data", lifecycle: { prevent_destroy: true } }, loose: { name: "prod-loose" } },
    docker_container: {
      distribution: {
        name: "prod-registry",
        image: "${docker_image.distribution.image_id}",
        restart: "unless-stopped",
        destroy_grace_seconds: 15,
        ports: [{ internal: 5000, external: 443, ip: "0.0.0.0" }],
        env: ["REGISTRY_AUTH=htpasswd", "REGISTRY_HTTP_SECRET=${var.key}"],
        volumes: [{ volume_name: "${docker_volume.data.name}", container_path: "/var/lib/registry" }],
        networks_advanced: [{ name: "${docker_network.edge.id}" }, { name: "${docker_network.storage.id}" }],
        healthcheck: { test: ["CMD", "true"], interval: "2s" },
      },
      job: {
        name: "prod-job",
        image: "${docker_image.distribution.image_id}",
        attach: true,
        must_run: false,
        provisioner: [{ "local-exec": { command: "true" } }],
      },
    },
  },
};

describe("a synthesized configuration, without plan or state", () => {
  const report = reviewed(configuration);

  test("is checked as far as that goes", () => {
    expect(report.problem).toBeUndefined();
    expect(report.source).toBe("configuration");
    expect(report.findings.map(({ rule, address }) => `${rule} ${address}`)).toEqual([
      "data-volume-unprotected docker_volume.loose",
      "registry-without-tls docker_container.distribution",
      "secret-in-env docker_container.distribution",
      "image-floating docker_container.distribution",
      "image-floating docker_container.job",
    ]);
  });

  test("promises nothing about what will happen", () => {
    expect(format(report, "text")).not.toMatch(/to create|no changes/);
  });

  test("references become what they refer to", () => {
    expect(report.graph.nodes.map(({ label }) => label)).toContain("prod-storage");
    expect(report.graph.edges.find(({ label }) => label === "/var/lib/registry")?.to).toBe("volume prod-data");
  });
});
