import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type Environment, environmentSchema } from "../../../config";
import { clientSettings } from "../../../operations/cache/client-settings";

function settings(registry: object, options = {}) {
  const environment = environmentSchema.parse({ name: "hub", registry, storage: {} }) as Environment;
  const all = clientSettings(environment, options);
  return Object.fromEntries(all.map(({ file, ...rest }) => [file, rest]));
}

const HUB = { host: "localhost", publish: { port: 5001 }, proxy: { remoteUrl: "https://registry-1.docker.io" } };
const GHCR = {
  host: "cache.example.com",
  publish: { address: "0.0.0.0", port: 5002 },
  tls: { mode: "certificate", certificateFile: "tls.crt", keyFile: "tls.key" },
  proxy: { remoteUrl: "https://ghcr.io" },
};

describe("Docker Hub through a cache on this host", () => {
  const files = settings(HUB);

  test("Docker and containerd ask the cache first, logged in, for reading only", () => {
    for (const folder of ["/etc/docker/certs.d", "/etc/containerd/certs.d"])
      expect(files[`${folder}/docker.io/hosts.toml`]?.content).toBe(
        [
          'server = "https://registry-1.docker.io"',
          "",
          '[host."http://localhost:5001"]',
          '  capabilities = ["pull", "resolve"]',
          "",
          '[host."http://localhost:5001".header]',
          '  authorization = "Basic USER_AND_PASSWORD"',
          "",
        ].join("\n"),
      );
  });

  test("the classic store is led to a relay, since it sends no login to a mirror", () => {
    const { content = "", notes } = files["/etc/docker/daemon.json"] ?? {};
    expect(JSON.parse(content)).toEqual({ "registry-mirrors": ["http://127.0.0.1:5010"] });
    expect(notes?.join()).toContain("Docker sends the mirror no login");
  });

  test("the others speak plain HTTP where the cache does", () => {
    expect(files["buildkitd.toml"]?.content).toBe(
      '[registry."docker.io"]\n  mirrors = ["localhost:5001"]\n\n[registry."localhost:5001"]\n  http = true\n',
    );
    expect(files["/etc/containers/registries.conf.d/private-registry.conf"]?.content).toBe(
      '[[registry]]\nprefix = "docker.io"\nlocation = "docker.io"\n\n[[registry.mirror]]\nlocation = "localhost:5001"\ninsecure = true\n',
    );
    expect(files["/etc/containers/registries.conf.d/private-registry.conf"]?.notes[0]).toMatch(
      /^podman login --tls-verify=false localhost:5001;/,
    );
    expect(JSON.stringify(files)).toContain("it works on the cache's own host only");
  });
});

test("an upstream without TLS is asked without it when the cache fails", () => {
  const files = settings({ ...HUB, proxy: { remoteUrl: "http://registry.internal:5000/" } });
  expect(files["/etc/containerd/certs.d/registry.internal:5000/hosts.toml"]?.content).toMatch(
    /^server = "http:\/\/registry\.internal:5000"\n/,
  );
});

describe("another registry through a cache with a private CA", () => {
  const files = settings(GHCR, { privateCa: true });

  test("names the registry and the CA as `trust` placed it", () => {
    expect(files["/etc/docker/certs.d/ghcr.io/hosts.toml"]?.content).toContain(
      '[host."https://cache.example.com:5002"]\n  capabilities = ["pull", "resolve"]\n  ca = "/etc/docker/certs.d/cache.example.com:5002/ca.crt"',
    );
    expect(files["/etc/containerd/certs.d/ghcr.io/hosts.toml"]?.content).toMatch(
      /^server = "https:\/\/ghcr\.io"[\s\S]*ca = "\/etc\/containerd\/certs\.d\/cache\.example\.com:5002\/ca\.crt"/,
    );
    expect(parse(files["/etc/rancher/k3s/registries.yaml"]?.content ?? "")).toEqual({
      mirrors: { "ghcr.io": { endpoint: ["https://cache.example.com:5002"] } },
      configs: {
        "cache.example.com:5002": {
          auth: { username: "USER", password: "PASSWORD" },
          tls: { ca_file: "/etc/containerd/certs.d/cache.example.com:5002/ca.crt" },
        },
      },
    });
    expect(files["buildkitd.toml"]?.content).toContain('[registry."cache.example.com:5002"]\n  ca = ["ca.crt"]');
  });

  test("Docker's own mirrors are for Docker Hub only", () => {
    expect(files).not.toHaveProperty(["/etc/docker/daemon.json"]);
  });
});

test("without a private CA nothing is said of one", () => {
  expect(JSON.stringify(settings(GHCR))).not.toMatch(/ca\.crt|ca_file|insecure|http = true/);
});

test("a mirror of Docker Hub as upstream: clients go on saying docker.io", () => {
  const mirror = { ...HUB, proxy: { remoteUrl: "https://mirror.example.com" } };
  expect(settings(mirror)).toHaveProperty(["/etc/docker/certs.d/mirror.example.com/hosts.toml"]);
  expect(settings(mirror, { upstream: "docker.io" })).toHaveProperty(["/etc/docker/certs.d/docker.io/hosts.toml"]);
});

test("a cache by Distribution's own keys is one, too; a registry that takes pushes is none", () => {
  const own = { host: "localhost", configuration: { proxy: { remoteurl: "https://quay.io" } } };
  expect(settings(own)).toHaveProperty(["/etc/docker/certs.d/quay.io/hosts.toml"]);
  expect(() => settings({ host: "localhost" })).toThrow("hub is no pull-through cache");
});
