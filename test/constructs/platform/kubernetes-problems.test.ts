import { describe, expect, test } from "vitest";
import {
  KubernetesPlatform,
  type PrivateRegistryProps,
  RegistryCache,
  RegistryStorage,
  RegistryTls,
} from "../../../constructs";
import { built, problems } from "./kubernetes-stack";

describe("what a cluster cannot do is refused", () => {
  test.each<[string, PrivateRegistryProps, string[]]>([
    ["an in-memory cache of two", { registry: { cache: RegistryCache.inMemory() } }, ["registry.cache"]],
    [
      "a pull-through cache of two",
      { registry: { proxy: { remoteUrl: "https://hub.example.com" } } },
      ["registry.proxy"],
    ],
    ["directories", { storage: RegistryStorage.rustfs({ directories: ["/a"] }) }, ["storage.directories"]],
    ["a volume's name", { storage: RegistryStorage.rustfs({ volume: { name: "data" } }) }, ["storage.volume.name"]],
    ["a published S3 port", { storage: RegistryStorage.rustfs({ s3Publish: { port: 9000 } }) }, ["storage.s3Publish"]],
    ["a console", { storage: RegistryStorage.rustfs({ console: { port: 9001 } }) }, ["storage.console"]],
    ["Docker's networks", { networks: { edge: { subnet: "10.0.0.0/24" } } }, ["networks.edge.subnet"]],
    ["other networks", { registry: { extraNetworks: ["other"] } }, ["registry.extraNetworks"]],
    ["no restart", { registry: { restart: "no" } }, ["registry.restart"]],
    ["a watcher", { monitoring: { prometheus: {} } }, ["monitoring.prometheus"]],
    ["a page", { ui: {} }, ["ui"]],
    ["a token server", { access: { rules: [{ repository: "*", who: ["ci"], may: ["pull"] }] } }, ["access"]],
    ["a port for metrics", { registry: { metrics: { network: "metrics" } } }, ["registry.metrics"]],
    [
      "a network of a proxy",
      {
        registry: {
          host: "registry.example.com",
          tls: RegistryTls.behindProxy({ url: "https://registry.example.com", network: "proxy" }),
        },
      },
      ["registry.tls.network"],
    ],
    [
      "certificates that two get by themselves",
      {
        registry: {
          host: "registry.example.com",
          publish: { address: "all", port: 443 },
          tls: RegistryTls.letsEncrypt({ email: "a@example.com", hosts: ["registry.example.com"] }),
        },
      },
      ["registry.tls"],
    ],
    ["a label's value", { labels: { team: "two words" } }, ["labels.team"]],
  ])("%s", (_, props, options) => {
    expect(problems({}, props)).toEqual(options);
  });

  test.each([
    [[], "tolerations"],
    [[{ key: "two words" }], "tolerations[0].key"],
    [[{ key: "a" }, { key: "b", value: "two words" }], "tolerations[1].value"],
    [[{ key: "a", effect: "Never" as "NoExecute" }], "tolerations[0].effect"],
  ])("tolerations %j", (tolerations, option) => {
    expect(() => new KubernetesPlatform({ namespace: "lab", tolerations })).toThrow(`'${option}'`);
  });

  test("bad options of the platform, all at once", () => {
    const options = { namespace: "A b", replicas: 0, storage: { nodes: 3, sizeGb: 0 } };
    expect(() => new KubernetesPlatform(options)).toThrow(/namespace[\s\S]*replicas[\s\S]*sizeGb[\s\S]*storage.nodes/);
  });

  test.each(["~> 2.38", ">= 2.38", "~> 4.0"])("a provider of another major: %s", (providerVersion) => {
    expect(() => built({ providerVersion })).toThrow("must take a 3.x and no 2.x");
  });

  test("but not an older 3.x", () => {
    expect(built({ providerVersion: "~> 3.1" }).terraform.required_providers.kubernetes.version).toBe("~> 3.1");
  });
});
