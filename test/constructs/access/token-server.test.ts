import { describe, expect, test } from "vitest";
import { type AccessOptions, PrivateRegistry, type PrivateRegistryProps, RegistryTls } from "../../../constructs";
import { makeTokenKey } from "../../../operations/secrets/token-key";
import { RecordingPlatform } from "../../support/recording-platform";
import { synthesize } from "../../support/synth";

const access: AccessOptions = {
  rules: [{ repository: "team/**", who: ["alice"], may: ["pull", "push"] }],
  robots: { ci: { expires: "2030-03-01" } },
};
const KEY = makeTokenKey();

function make(props: PrivateRegistryProps) {
  const platform = new RecordingPlatform();
  let registry: PrivateRegistry | undefined;
  synthesize((scope) => {
    registry = new PrivateRegistry(scope, "team", { platform, credentials: { registry_token_key: KEY }, ...props });
  });
  const server = platform.services["team-token"];
  const file = (name: string) => server?.files?.find(({ path }) => path.endsWith(name))?.content ?? "";
  return { platform, registry, server, file, auth: registry?.distribution.configuration.auth };
}

describe("TokenServer", () => {
  test("is not there unless rights are written", () => {
    const { platform, auth, registry } = make({});
    expect(Object.keys(platform.services)).not.toContain("team-token");
    expect(platform.images.join()).not.toContain("docker_auth");
    expect(auth).toEqual({ htpasswd: { realm: "registry", path: "/auth/htpasswd" } });
    expect(registry?.containerNames).not.toContain("team-token");
    expect(platform.jobs["team-htpasswd"]?.files?.map(({ path }) => path)).toEqual(["/incoming/htpasswd"]);
  });

  test("is published where the registry is, on a port of its own, and reads users and rights only", () => {
    const { server, registry, platform } = make({
      access,
      registry: { publish: { port: 5000, address: "127.0.0.9" } },
    });
    expect(server).toMatchObject({
      ports: [{ port: 5001, published: { address: "127.0.0.9", port: 5001 } }],
      mounts: [{ path: "/auth", readOnly: true }],
      memoryMb: 128,
    });
    expect(server?.networks).toHaveLength(1);
    expect(server?.environment).toBeUndefined();
    expect(registry?.containerNames).toContain("team-token");
    const rights = platform.jobs["team-htpasswd"]?.files?.find(({ path }) => path === "/incoming/rights");
    expect(rights?.content).toContain("# robot ci 2030-03-01\n");
  });

  test("has the key; the registry has its certificate, and no users' file", () => {
    const { file, platform, auth } = make({ access });
    expect(`${file("token.crt")}${file("token.key")}`).toBe(KEY);
    const { files = [], mounts = [] } = platform.services["team-registry"] ?? {};
    expect(files.find(({ path }) => path === "/etc/distribution/token.crt")?.content).toBe(file("token.crt"));
    expect(JSON.stringify(files)).not.toContain("PRIVATE KEY");
    expect(mounts.map(({ path }) => path)).not.toContain("/auth");
    expect(auth).toMatchObject({
      token: {
        realm: "http://localhost:5001/auth",
        service: "localhost:5000",
        issuer: "team-token",
        rootcertbundle: "/etc/distribution/token.crt",
      },
    });
    expect(auth).not.toHaveProperty("htpasswd");
  });

  test("gives tokens for as long as asked", () => {
    expect(make({ access }).file("settings")).toContain('"expiration":300');
    expect(make({ access: { ...access, tokenSeconds: 120 } }).file("settings")).toContain('"expiration":120');
  });

  test.each([
    [{ url: "ldaps://ldap.example.com" }, { addr: "ldap.example.com:636", tls: "always" }],
    [{ url: "ldaps://ldap.example.com:1636" }, { addr: "ldap.example.com:1636", tls: "always" }],
    [
      { url: "ldap://ldap.example.com", startTls: true },
      { addr: "ldap.example.com:389", tls: "starttls" },
    ],
    [
      { url: "ldap://ldap.example.com", reason: "on the same machine" },
      { addr: "ldap.example.com:389", tls: "none" },
    ],
  ])("asks %j as docker_auth is told", (ldap, said) => {
    const { file, server } = make({ access: { ...access, ldap: { ...ldap, base: "ou=people,dc=example" } } });
    const line = file("settings")
      .split("\n")
      .find((one) => one.startsWith('"ldap_auth"'));
    const expected = { ...said, base: "ou=people,dc=example", filter: "(uid=${account})" };
    expect(JSON.parse(`{${line?.replace(/,$/, "")}}`)).toEqual({ ldap_auth: expected });
    expect(server?.files?.map(({ path }) => path).join()).not.toContain("ldap");
  });

  test("searches with a password of its own, which is a file", () => {
    const ldap = { url: "ldaps://h", base: "dc=a", bindDn: "cn=reader,dc=a", caFile: "package.json" };
    const { file, server } = make({
      access: { ...access, ldap },
      credentials: { registry_token_key: KEY, registry_ldap_password: "of the reader" },
    });
    expect(file("ldap-password")).toBe("of the reader");
    expect(server?.files?.find(({ path }) => path.endsWith("ldap-password"))?.mode).toBe("0400");
    expect(server?.files?.find(({ path }) => path.endsWith("ldap-ca.pem"))?.source).toMatch(/package\.json$/);
    expect(file("settings")).toContain('"bind_password_file":"/etc/token-server/ldap-password"');
    expect(file("settings")).not.toContain("of the reader");
  });

  test("is below a path of the proxy's, on its network", () => {
    const tls = RegistryTls.behindProxy({ url: "https://registry.example.com", network: "front" });
    const { server, auth } = make({
      access,
      // Nothing is published there, so that the same port is none twice.
      registry: { host: "registry.example.com", tls, publish: { port: 5001 } },
    });
    expect(auth).toMatchObject({
      token: { realm: "https://registry.example.com/auth", service: "registry.example.com" },
    });
    expect(server?.ports).toEqual([]);
    expect(server?.networks).toContainEqual({ id: "front" });
  });

  test.each([
    [{ rules: [] }, "access.rules"],
    [{ rules: [{ repository: "a*b", who: ["x"], may: ["pull"] }] }, "access.rules[0].repository"],
    [{ rules: [{ repository: "a", who: [], may: ["pull"] }] }, "access.rules[0].who"],
    [{ rules: [{ repository: "a", who: ["x"], may: [] }] }, "access.rules[0].may"],
    [{ rules: [{ repository: "a", who: ["x"], may: ["push"] }] }, "access.rules[0].may"],
    [{ ...access, port: 5000 }, "access.port"],
    [{ ...access, tokenSeconds: 59 }, "access.tokenSeconds"],
    [{ ...access, robots: { ci: { expires: "2030-02-30" } } }, "access.robots.ci.expires"],
    [{ ...access, groups: { users: ["x"] } }, "access.groups.users"],
    [{ ...access, groups: { g: ["anyone"] } }, "access.groups.g[0]"],
    [{ ...access, catalog: ["anyone"] }, "access.catalog[0]"],
    ...["http://h", "ldap://[::1]", "ldaps://h/dc=a", "ldaps://u:p@h", "ldaps://h:65536"].map(
      (url) => [{ ...access, ldap: { url, base: "dc=a" } }, "access.ldap.url"] as const,
    ),
    ...["(uid=alice)", "uid=${account}", "((uid=${account})"].map(
      (filter) => [{ ...access, ldap: { url: "ldaps://h", base: "dc=a", filter } }, "access.ldap.filter"] as const,
    ),
    [{ ...access, ldap: { url: "ldaps://h", base: "people" } }, "access.ldap.base"],
    [{ ...access, ldap: { url: "ldaps://h", base: "dc=a", caFile: "not-there.pem" } }, "ldap.caFile"],
  ] as const)("refuses %j", (broken, option) => {
    expect(() => make({ access: broken as AccessOptions })).toThrow(`'${option}'`);
  });

  test("refuses Distribution's own token keys that differ", () => {
    const configuration = { auth: { token: { realm: "http://other/auth" } } } as never;
    expect(() => make({ access, registry: { configuration } })).toThrow("auth.token");
  });
});
