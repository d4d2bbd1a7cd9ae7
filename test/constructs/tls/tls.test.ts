import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  type BehindProxyOptions,
  type CertificateOptions,
  DistributionRegistry,
  type DistributionRegistryProps,
  DockerHost,
  type LetsEncryptOptions,
  RegistryTls,
} from "../../../constructs";
import { environmentOf, fileOf, find, synthesize } from "../../support/synth";
import { issue } from "../../support/x509";

const LE: LetsEncryptOptions = { email: "ops@example.com", hosts: ["registry.example.com"] };
const folder = mkdtempSync(join(tmpdir(), "tls-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const OWN = issue("server", { names: ["registry.example.com"] });
const CA = file("ca.pem", issue("Example Root", { ca: true }).certificate);
const KEY = file("tls.key", OWN.key);
const PUBLIC = { address: "0.0.0.0", port: 443 };

const make = (tls: RegistryTls, props: Partial<DistributionRegistryProps> = {}) => {
  let registry: DistributionRegistry | undefined;
  const stack = synthesize((scope) => {
    registry = new DistributionRegistry(scope, "registry", {
      platform: new DockerHost(),
      name: "team",
      image: "registry:3.1.2",
      networks: [{ id: "edge-id" }],
      host: "registry.example.com",
      publish: PUBLIC,
      configuration: { storage: { inmemory: {} } },
      tls,
      ...props,
    });
  });
  return { stack, registry: registry as DistributionRegistry, container: find(stack, "docker_container", "registry") };
};

describe("tls: lets-encrypt", () => {
  test("keeps account and certificates on a protected volume", () => {
    const { stack, registry, container } = make(RegistryTls.letsEncrypt(LE));
    expect(registry.configuration.http.tls?.letsencrypt).toEqual({
      cachefile: "/acme",
      email: "ops@example.com",
      hosts: ["registry.example.com"],
    });
    expect(container.volumes).toMatchObject([{ container_path: "/acme" }]);
    expect(find(stack, "docker_volume", "acme")).toMatchObject({
      name: "team-acme",
      lifecycle: { prevent_destroy: true },
    });
    expect(registry.url).toBe("https://registry.example.com");
  });

  test("whose volume may be destroyed when that is asked for", () => {
    const { stack } = make(RegistryTls.letsEncrypt({ ...LE, protectCertificates: false }));
    expect(find(stack, "docker_volume", "acme")).toMatchObject({ lifecycle: { prevent_destroy: false } });
  });

  test("trusts a private ACME server through its CA file", () => {
    expect(() =>
      make(RegistryTls.letsEncrypt({ ...LE, directoryUrl: "https://acme.internal/dir", caFile: "none.pem" })),
    ).toThrow("'tls.caFile' must be a file that can be read here, got none.pem (ENOENT)");
    const { registry, container } = make(
      RegistryTls.letsEncrypt({ ...LE, directoryUrl: "https://acme.internal/dir", caFile: CA }),
    );
    expect(registry.configuration.http.tls?.letsencrypt?.directoryurl).toBe("https://acme.internal/dir");
    expect(environmentOf(container).SSL_CERT_FILE).toBe("/etc/distribution/certs/acme-ca.pem");
    expect(container.upload).toContainEqual(expect.objectContaining({ file: "/etc/distribution/certs/acme-ca.pem" }));
  });

  test("knows Let's Encrypt's test service by name", () => {
    const { registry } = make(RegistryTls.letsEncrypt({ ...LE, directoryUrl: "staging" }));
    expect(registry.configuration.http.tls?.letsencrypt?.directoryurl).toContain("acme-staging");
  });

  test.each([
    [undefined, "/acme"],
    ["https://acme-v02.api.letsencrypt.org/directory", "/acme"],
    ["staging", "/acme/staging"],
    ["https://acme.internal/dir", "/acme/acme.internal-dir"],
    ["https://acme.internal:9000/acme/acme/directory", "/acme/acme.internal-9000-acme-acme-directory"],
  ])("keeps certificates of directory %s apart, in %s", (directoryUrl, cachefile) => {
    const { registry, container } = make(RegistryTls.letsEncrypt({ ...LE, directoryUrl }));
    expect(registry.configuration.http.tls?.letsencrypt?.cachefile).toBe(cachefile);
    expect(container.volumes).toMatchObject([{ container_path: "/acme" }]);
  });

  test.each<[string, LetsEncryptOptions, Partial<DistributionRegistryProps>, string]>([
    ["no hosts", { ...LE, hosts: [] }, {}, "'tls.hosts' must name at least one host"],
    ["a name without a dot", { ...LE, hosts: ["registry"] }, { host: "registry" }, "must be a host name with a dot"],
    ["an address", { ...LE, hosts: ["192.0.2.1"] }, { host: "192.0.2.1" }, "must be a host name with a dot"],
    ["a wildcard", { ...LE, hosts: ["registry.example.com", "*.example.com"] }, {}, "no wildcard, got *.example.com"],
    [
      "hosts without the clients' name",
      { ...LE, hosts: ["other.example.com"] },
      {},
      "must contain host registry.example.com",
    ],
    [
      "loopback",
      LE,
      { publish: { port: 443 } },
      "must be reachable from the Internet with tls.mode lets-encrypt, which checks the name there, got 127.0.0.1",
    ],
    [
      "another port",
      LE,
      { publish: { address: "0.0.0.0", port: 8443 } },
      "must be 443 with tls.mode lets-encrypt, which checks the name there, got 8443",
    ],
    [
      "loopback with the test service",
      { ...LE, directoryUrl: "staging" },
      { publish: { port: 443 } },
      "must be reachable",
    ],
    [
      "another port with Let's Encrypt's URL",
      { ...LE, directoryUrl: "https://acme-v02.api.letsencrypt.org/directory" },
      { publish: { address: "0.0.0.0", port: 8443 } },
      "must be 443 with tls.mode lets-encrypt",
    ],
    ["a CA file for Let's Encrypt", { ...LE, caFile: CA }, {}, "'tls.caFile' is for a private ACME server only"],
    [
      "a directory without TLS",
      { ...LE, directoryUrl: "http://acme.internal/dir" },
      {},
      "must be staging or an https://",
    ],
    ["no e-mail address", { ...LE, email: "ops" }, {}, "'tls.email' must be an e-mail address"],
  ])("refuses %s", (_, tls, props, message) =>
    expect(() => make(RegistryTls.letsEncrypt(tls), props)).toThrow(message),
  );
});

describe("tls: certificate", () => {
  const CERTIFICATE: CertificateOptions = { certificateFile: file("tls.crt", OWN.certificate), keyFile: KEY };

  test("hands over the files, never their bytes", () => {
    const { registry, container } = make(RegistryTls.certificate(CERTIFICATE));
    expect(registry.configuration.http.tls).toEqual({
      certificate: "/etc/distribution/certs/tls.crt",
      key: "/etc/distribution/certs/tls.key",
      minimumtls: "tls1.2",
    });
    const key = container.upload.find((file: { file: string }) => file.file.endsWith("tls.key"));
    expect(key).toMatchObject({ permissions: "0400", source: expect.stringMatching(/tls\.key$/) });
    expect(key.source_hash).toMatch(/^\$\{filesha256\(".*tls\.key"\)\}$/);
    expect(key.content).toBeUndefined();
  });

  test("may read a directory of the Docker host", () => {
    const tls = RegistryTls.certificate(CERTIFICATE);
    const mounts = [{ path: "/kept", directory: "/etc/letsencrypt", readOnly: true }];
    const kept = Object.assign(Object.create(tls), {
      bind: (...args: Parameters<RegistryTls["bind"]>) => ({ ...tls.bind(...args), mounts }),
    });
    expect(make(kept).container.volumes).toMatchObject([
      { container_path: "/kept", host_path: "/etc/letsencrypt", read_only: true },
    ]);
  });

  test("shows in a plan which files are used", () => {
    const { stack } = make(RegistryTls.certificate({ ...CERTIFICATE, clientCaFiles: [CA] }));
    const shown = find(stack, "null_resource", "config").triggers;
    expect(shown["http.tls.certificate sha256"]).toMatch(/^\$\{filesha256\(".*tls\.crt"\)\}$/);
    expect(shown["http.tls.clientcas.0 sha256"]).toMatch(/^\$\{filesha256\(".*ca\.pem"\)\}$/);
    expect(JSON.stringify(shown)).not.toContain("tls.key\\");
  });

  test("checks the files", () => {
    const { certificate, key } = issue("server", { names: ["other.example.com"] });
    const other = { ...CERTIFICATE, certificateFile: file("other.crt", certificate) };
    expect(() => make(RegistryTls.certificate({ ...other, keyFile: file("other.key", key) }))).toThrow(
      "'tls.certificateFile' must be for registry.example.com, the name that clients use, got other.example.com",
    );
    expect(() => make(RegistryTls.certificate(other), { host: "other.example.com" })).toThrow(
      "'tls.keyFile' must belong to the certificate",
    );
  });

  test.each<[string, object, string]>([
    ["certificate", { certificateFile: "none.crt" }, "'tls.certificateFile' must be a file that can be read here"],
    ["Windows path", { certificateFile: "C:\\certs\\tls.crt" }, "got C:\\certs\\tls.crt (ENOENT)"],
    ["folder", { certificateFile: folder }, "(EISDIR)"],
    ["client's CA", { clientCaFiles: [CA, "none.pem"] }, "'tls.clientCaFiles[1]' must be a file"],
  ])("needs a file for each: %s", (_, files, message) => {
    expect(() => make(RegistryTls.certificate({ ...CERTIFICATE, ...files }))).toThrow(message);
  });

  test("does not need the private key, which a reviewer has not", () => {
    expect(() => make(RegistryTls.certificate({ ...CERTIFICATE, keyFile: "none.key" }))).not.toThrow();
  });

  test("renders every option", () => {
    const { registry } = make(
      RegistryTls.certificate({
        ...CERTIFICATE,
        clientCaFiles: [CA],
        clientAuth: "verify-client-cert-if-given",
        minimumVersion: "tls1.2",
        cipherSuites: ["TLS_AES_128_GCM_SHA256"],
      }),
    );
    expect(registry.configuration.http.tls).toMatchObject({
      clientcas: ["/etc/distribution/certs/client-ca-0.pem"],
      clientauth: "verify-client-cert-if-given",
      ciphersuites: ["TLS_AES_128_GCM_SHA256"],
    });
  });

  test.each<[string, CertificateOptions, string]>([
    [
      "client authentication without CAs",
      { ...CERTIFICATE, clientAuth: "request-client-cert" },
      "'tls.clientAuth' has no effect without clientCaFiles",
    ],
    [
      "cipher suites with TLS 1.3",
      { ...CERTIFICATE, minimumVersion: "tls1.3", cipherSuites: ["TLS_AES_128_GCM_SHA256"] },
      "'tls.cipherSuites' has no effect with minimumVersion tls1.3",
    ],
  ])("refuses %s", (_, tls, message) => expect(() => make(RegistryTls.certificate(tls))).toThrow(message));
});

describe("tls: behind-proxy", () => {
  const PROXY: BehindProxyOptions = { url: "https://registry.example.com" };

  test("answers with the proxy's URL, or with none", () => {
    const { registry } = make(RegistryTls.behindProxy(PROXY), { publish: { port: 5000 } });
    expect(registry.configuration.http).toMatchObject({ host: "https://registry.example.com" });
    expect(registry.configuration.http.relativeurls).toBeUndefined();
    const relative = make(RegistryTls.behindProxy({ ...PROXY, relativeUrls: true }), {
      publish: { port: 5000 },
    }).registry;
    expect(relative.configuration.http).toMatchObject({ relativeurls: true });
    expect(relative.configuration.http.host).toBeUndefined();
    expect(registry.url).toBe("https://registry.example.com");
  });

  test("needs a reason for a proxy on another machine", () => {
    const there = { publish: { address: "10.0.0.5", port: 5000 } };
    expect(() => make(RegistryTls.behindProxy(PROXY), there)).toThrow(
      "'tls.reason' is required with a proxy on another machine",
    );
    expect(() =>
      make(RegistryTls.behindProxy({ ...PROXY, reason: "a network of these two only" }), there),
    ).not.toThrow();
  });

  test("is refused on an address that others reach", () => {
    expect(() => make(RegistryTls.behindProxy(PROXY))).toThrow(
      "'publish.address' must be loopback or private behind a proxy: the published port speaks plain HTTP, got 0.0.0.0",
    );
  });

  test("publishes no port when the proxy is on a network of Docker's", () => {
    const { container } = make(RegistryTls.behindProxy({ ...PROXY, network: "proxy" }), {
      extraNetworks: ["proxy", "monitoring"],
    });
    expect(container.ports ?? []).toEqual([]);
    expect(container.networks_advanced.map(({ name }: { name: string }) => name)).toEqual([
      "edge-id",
      "proxy",
      "monitoring",
    ]);
  });
});

describe("tls: none", () => {
  test("needs a reason off loopback", () => {
    expect(() => make(RegistryTls.none())).toThrow("'tls' must not be none off loopback without a written reason");
    expect(() => make(RegistryTls.none({ reason: "inside a VPN" }))).not.toThrow();
    expect(() => make(RegistryTls.none(), { publish: { address: "127.8.8.8", port: 1 } })).not.toThrow();
    expect(() => make(RegistryTls.none(), { publish: { address: "::1", port: 1 } })).not.toThrow();
  });

  test("shows the port unless it is the scheme's own", () => {
    expect(make(RegistryTls.none(), { publish: { port: 80 } }).registry.url).toBe("http://registry.example.com");
    expect(make(RegistryTls.none(), { publish: { port: 443 } }).registry.address).toBe("registry.example.com:443");
    expect(make(RegistryTls.none(), { publish: { port: 5000 }, host: "::1" }).registry.url).toBe("http://[::1]:5000");
  });

  test("leaves no TLS key in config.yml", () => {
    const { container } = make(RegistryTls.none({ reason: "for a test only" }));
    expect(fileOf(container, "/etc/distribution/config.yml")).not.toContain("tls");
  });
});
