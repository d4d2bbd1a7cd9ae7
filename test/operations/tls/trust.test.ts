import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { type Environment, parseEnvironment } from "../../../config";
import { builderCommand, privateAuthority, trustFiles } from "../../../operations/tls/trust";
import { clientAddress } from "../../../stacks";
import { temporaryDirectory } from "../../support/process";
import { writeFile } from "../../support/registry-process";
import { issue } from "../../support/x509";

const path = temporaryDirectory();
const program = (name: string, lines: string) =>
  chmodSync(writeFile(path("bin", name), `#!/bin/sh\n${lines}\n`), 0o755);

const root = issue("Example Root", { ca: true });
const leaf = issue("server", { names: ["registry.example.com"], issuer: root });

function environment(tls: string, port = 443): Environment {
  const text = `registry:
  host: registry.example.com
  publish: { address: ${tls.includes("behind") ? "127.0.0.1" : "0.0.0.0"}, port: ${port} }
  tls: { ${tls} }
`;
  const { environment: parsed, diagnostics } = parseEnvironment(text, "prod.yaml");
  if (!parsed) throw new Error(JSON.stringify(diagnostics));
  return parsed;
}

const OWN = "mode: certificate, certificateFile: tls.crt, keyFile: tls.key";
const PRIVATE_ACME =
  "mode: lets-encrypt, email: a@example.com, hosts: [registry.example.com], directoryUrl: https://ca.example.com/dir, caFile: ca.pem";

test("the address is what clients write before the repository", () => {
  expect(clientAddress(environment(OWN))).toBe("registry.example.com");
  expect(clientAddress(environment(OWN, 5443))).toBe("registry.example.com:5443");
  expect(clientAddress(environment("mode: behind-proxy, url: 'https://registry.example.com:8443'", 5000))).toBe(
    "registry.example.com:8443",
  );
});

test("the CA comes from the chain, from the ACME server's, or is given", () => {
  const bytes = (text: string) => Buffer.from(text);
  expect(privateAuthority(environment(OWN), { own: bytes(leaf.certificate + root.certificate) })).toBe(
    root.certificate,
  );
  expect(privateAuthority(environment(PRIVATE_ACME), { own: bytes(root.certificate) })).toBe(root.certificate);
  expect(privateAuthority(environment(OWN), { given: bytes(root.certificate), own: bytes(leaf.certificate) })).toBe(
    root.certificate,
  );
  const own = issue("self", { names: ["registry.example.com"] });
  expect(privateAuthority(environment(OWN), { own: bytes(own.certificate) })).toBe(own.certificate);
});

test.each<[string, string, object, string]>([
  [
    "a chain without its root",
    OWN,
    { own: Buffer.from(leaf.certificate) },
    "tls.crt does not hold the CA's own certificate",
  ],
  [
    "Let's Encrypt",
    "mode: lets-encrypt, email: a@example.com, hosts: [registry.example.com]",
    {},
    "clients need nothing",
  ],
  ["a private ACME server without its CA", PRIVATE_ACME, {}, "is not in the environment prod"],
  ["a proxy", "mode: behind-proxy, url: https://registry.example.com", {}, "is not in the environment prod"],
  ["no TLS", "mode: none, reason: inside a VPN of ours", {}, "speaks plain HTTP"],
  [
    "a server's certificate as the CA",
    OWN,
    { given: Buffer.from(leaf.certificate) },
    "--ca must hold a CA's certificate",
  ],
  ["something else as the CA", OWN, { given: Buffer.from("hello") }, "--ca must hold a CA's certificate"],
])("is refused for %s", (_, tls, sources, message) => {
  expect(() => privateAuthority(environment(tls, tls.includes("proxy") ? 5000 : 443), sources)).toThrow(message);
});

test("the files of every client", () => {
  const files = trustFiles("registry.example.com:5443", "CA\n");
  expect(files.map(({ path }) => path)).toEqual([
    "etc/docker/certs.d/registry.example.com:5443/ca.crt",
    "etc/containers/certs.d/registry.example.com:5443/ca.crt",
    "etc/containerd/certs.d/registry.example.com:5443/ca.crt",
    "etc/containerd/certs.d/registry.example.com:5443/hosts.toml",
    "ca.crt",
    "buildkitd.toml",
    "install.sh",
  ]);
  expect(files[5]?.content).toBe('[registry."registry.example.com:5443"]\n  ca = ["ca.crt"]\n');
  expect(files[3]?.content).toMatchInlineSnapshot(`
    "server = "https://registry.example.com:5443"

    [host."https://registry.example.com:5443"]
      capabilities = ["pull", "resolve", "push"]
      ca = "/etc/containerd/certs.d/registry.example.com:5443/ca.crt"
    "
  `);
});

test("the builder is made where its file is, whatever the folder's name", () => {
  writeFile(path("it's here/buildkitd.toml"), "");
  program("docker", '[ -f buildkitd.toml ] && echo "$@"');
  const command = builderCommand(path("it's here"), "prod");
  const said = execFileSync("sh", ["-c", command], { env: { PATH: `${path("bin")}:${process.env.PATH}` } }).toString();
  expect(said).toBe(
    "buildx create --use --name prod-builder --driver docker-container --buildkitd-config buildkitd.toml\n",
  );
});

describe("install.sh", () => {
  const ADDRESS = "registry.example.com:5443";
  beforeEach(() => rmSync(path("root"), { recursive: true, force: true }));

  /** Runs it on a machine of that kind. @returns the files that it wrote */
  function install(system: string, user: number, env: Record<string, string> = {}): string[] {
    for (const { path: file, content } of trustFiles(ADDRESS, "CA\n")) writeFile(path("trust", file), content);
    program("uname", `echo ${system}`);
    program("id", `echo ${user}`);
    mkdirSync(path("root"), { recursive: true });
    execFileSync("sh", [path("trust/install.sh")], {
      stdio: "pipe",
      env: { PATH: `${path("bin")}:${process.env.PATH}`, HOME: path("root/home"), DESTDIR: path("root"), ...env },
    });
    return readdirSync(path("root"), { recursive: true, withFileTypes: true })
      .filter((one) => one.isFile())
      .map((one) => `${one.parentPath.slice(path("root").length)}/${one.name}`)
      .sort();
  }
  const etc = [
    `/etc/containerd/certs.d/${ADDRESS}/ca.crt`,
    `/etc/containerd/certs.d/${ADDRESS}/hosts.toml`,
    `/etc/containers/certs.d/${ADDRESS}/ca.crt`,
    `/etc/docker/certs.d/${ADDRESS}/ca.crt`,
  ];

  test("as root", () => expect(install("Linux", 0)).toEqual(etc));

  test("as root, with Docker from snap", () => {
    mkdirSync(path("root/var/snap/docker/current"), { recursive: true });
    expect(install("Linux", 0)).toEqual([...etc, `/var/snap/docker/current/etc/docker/certs.d/${ADDRESS}/ca.crt`]);
  });

  test("as the user of a rootless engine", () => {
    const below = (folder: string) =>
      ["containers", "docker"].map((one) => `${folder}/${one}/certs.d/${ADDRESS}/ca.crt`);
    expect(install("Linux", 1000)).toEqual(below("/home/.config"));
    expect(install("Linux", 1000, { XDG_CONFIG_HOME: path("root/xdg") })).toEqual([
      ...below("/home/.config"),
      ...below("/xdg"),
    ]);
  });

  test("on macOS, as the user of Docker Desktop and nobody else", () => {
    expect(() => install("Darwin", 0)).toThrow("Run it as the user of Docker Desktop");
    expect(existsSync(path("root/home"))).toBe(false);
    expect(install("Darwin", 501)).toEqual([`/home/.docker/certs.d/${ADDRESS}/ca.crt`]);
  });
});
