import { describe, expect, test } from "vitest";
import { PrivateRegistry, type PrivateRegistryProps, RegistryStorage } from "../../../constructs";
import { privateHost, withoutProxyFor } from "../../../constructs/registry/proxy-variables";
import { environmentOf, fileOf, find, synthesize } from "../../support/synth";

const PROXY = "http://proxy.example.com:3128";

const containers = (props: PrivateRegistryProps) => {
  const stack = synthesize((scope) => void new PrivateRegistry(scope, "team", props));
  return (name: string) => find(stack, "docker_container", name);
};
const list = (variables: Record<string, string>) => variables.NO_PROXY?.split(",");

describe("where a proxy is set", () => {
  test.each(["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"])("by %s", (name) => {
    const registry = containers({ registry: { environment: { [name]: PROXY } } })("distribution");
    const variables = environmentOf(registry);
    expect(variables[name]).toBe(PROXY);
    expect(list(variables)).toEqual(
      expect.arrayContaining(["localhost", "127.0.0.0/8", "::1", "rustfs", "registry", "team-registry"]),
    );
    expect(variables.no_proxy).toBe(variables.NO_PROXY);
  });

  test("what is given stays, in either spelling, and the networks' ranges are added", () => {
    const variables = environmentOf(
      containers({
        registry: { environment: { HTTPS_PROXY: PROXY, no_proxy: "intranet.example.com, 10.0.0.0/8" } },
        networks: { edge: { subnet: "172.30.0.0/24" } },
      })("distribution"),
    );
    expect(list(variables)?.slice(0, 2)).toEqual(["intranet.example.com", "10.0.0.0/8"]);
    expect(list(variables)).toEqual(expect.arrayContaining(["172.30.0.0/24", "rustfs"]));
  });

  test("a private S3 service is reached directly, a public one as the proxy was set for; the proof like the registry", () => {
    const of = (endpoint?: string) => {
      const storage = RegistryStorage.s3({ bucket: "images", region: "us-east-1", endpoint });
      const find = containers({ storage, registry: { environment: { HTTPS_PROXY: PROXY } } });
      const [registry, proof] = [environmentOf(find("distribution")), environmentOf(find("storage-proof"))];
      expect(proof.HTTPS_PROXY).toBe(PROXY);
      return [list(registry), list(proof)];
    };
    for (const all of of("https://s3.storage.internal:9000")) expect(all).toContain("s3.storage.internal");
    for (const all of of("https://s3.example.com")) expect(all).not.toContain("s3.example.com");
    for (const all of of()) expect(all?.join()).not.toMatch(/amazonaws/);
  });

  test("a machine's role is asked for its keys directly", () => {
    const storage = RegistryStorage.s3({ bucket: "images", region: "eu-west-1", keysFrom: "machine-role" });
    const find = containers({ storage, registry: { environment: { HTTP_PROXY: PROXY } } });
    for (const name of ["distribution", "storage-proof"])
      expect(list(environmentOf(find(name)))).toContain("169.254.169.254");
  });
});

test("where none is set, nothing is added", () => {
  expect(environmentOf(containers({})("distribution"))).not.toHaveProperty("NO_PROXY");
  expect(withoutProxyFor({ HTTP_PROXY: "", NO_PROXY: "a" }, ["b"])).toEqual({ HTTP_PROXY: "", NO_PROXY: "a" });
});

test("health checks use no proxy", () => {
  const find = containers({});
  expect(find("distribution").healthcheck.test.slice(0, 4)).toEqual(["CMD", "wget", "-Y", "off"]);
  const [, , script = ""] = find("team_rustfs_").healthcheck.test;
  expect(fileOf(find("team_rustfs_"), script)).toMatch(/^curl --noproxy '\*' /m);
});

test.each([
  ["http://rustfs:9000", ["rustfs"]],
  ["http://10.1.2.3:9000", ["10.1.2.3"]],
  ["http://[fd00::1]:9000", ["fd00::1"]],
  ["http://[2001:db8::1]", []],
  ["https://203.0.113.7", []],
  ["https://minio.lan", ["minio.lan"]],
  ["https://s3.eu-central-1.amazonaws.com", []],
  ["https://local.example.com", []],
  [undefined, []],
])("private host of %s", (url, hosts) => expect(privateHost(url)).toEqual(hosts));
