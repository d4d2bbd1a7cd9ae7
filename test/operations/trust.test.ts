import { expect, test } from "vitest";
import { type Environment, parseEnvironment } from "../../config";
import { clientAddress, privateAuthority, trustFiles } from "../../operations/trust";
import { issue } from "../support/x509";

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
  expect(privateAuthority(environment(OWN), { certificate: bytes(leaf.certificate + root.certificate) })).toBe(
    root.certificate,
  );
  expect(privateAuthority(environment(PRIVATE_ACME), { acmeCa: bytes(root.certificate) })).toBe(root.certificate);
  expect(
    privateAuthority(environment(OWN), { given: bytes(root.certificate), certificate: bytes(leaf.certificate) }),
  ).toBe(root.certificate);
  const own = issue("self", { names: ["registry.example.com"] });
  expect(privateAuthority(environment(OWN), { certificate: bytes(own.certificate) })).toBe(own.certificate);
});

test.each<[string, string, object, string]>([
  [
    "a chain without its root",
    OWN,
    { certificate: Buffer.from(leaf.certificate) },
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
    "install.sh",
  ]);
  expect(files[3]?.content).toMatchInlineSnapshot(`
    "server = "https://registry.example.com:5443"

    [host."https://registry.example.com:5443"]
      capabilities = ["pull", "resolve", "push"]
      ca = "/etc/containerd/certs.d/registry.example.com:5443/ca.crt"
    "
  `);
});
