import { describe, expect, test } from "vitest";
import { type Environment, parseEnvironment } from "../../../config";
import { rules } from "../../../config/load";
import { registryMemory } from "../../../config/rules/registry-memory";
import { finding, isReadable, runRules } from "../../../config/rules/rule";
import type { Parsed } from "../../../config/schema";
import { checkSchema } from "../../../config/schema-check";
import { readSource } from "../../../config/source";
import { CHUNK_SIZE_MB, memoryForUploads } from "../../../constructs/values/upload-memory";
import { environment, minimal, problems } from "../support";

/** A rule's name, a text that breaks it and nothing else, the key that is reported, and the nearest text that is fine. */
type Case = readonly [id: string, broken: string, path: string, fine: string];

const on443 = "registry:\n  host: registry.example.com\n  publish: { address: 0.0.0.0, port: 443 }\n";
const le = (rest = "") => `  tls: { mode: lets-encrypt, email: a@example.com, hosts: [registry.example.com]${rest} }\n`;
const cert = (rest: string) => `${on443}  tls: { mode: certificate, certificateFile: c.pem, ${rest} }\n`;
const docker = (rest: string) => minimal("", `docker: { ${rest} }\n`);
const cluster = (keys: string) => minimal("", `kubernetes: { context: c, ${keys} }\n`);
const edge = (rest: string) => minimal("", `networks: { edge: { ${rest} } }\n`);
const rustfs = (rest: string, registry = "") => minimal(registry, `storage: { rustfs: { ${rest} } }\n`);
const s3 = (rest: string, registry = "") =>
  minimal(registry, `storage: { s3: { region: r1, bucket: abc, ${rest} } }\n`);
const endpoints = (one: string, other: string) =>
  minimal(`  notifications: { endpoints: [{ url: http://a, ${one} }, { url: http://b, ${other} }] }\n`);

const told = (url: string, rest = "") =>
  minimal(
    `  notifications: { endpoints: [{ name: a, url: "${url}", headersFromVariables: { Authorization: v }${rest} }] }\n`,
  );

const TOLD = "{ webhooks: [{ url: https://a.example.com }] }";
const alerts = (rest: string) => minimal("", `monitoring: { prometheus: {}, alertmanager: { ${rest} } }\n`);

const page = (ui = "", registry = "") => minimal(registry, `ui: { ${ui} }\n`);
const proxied = (publish: string, tls: string) =>
  `registry:\n  host: registry.example.com\n  tls: { mode: behind-proxy, url: https://registry.example.com${tls} }\nui: { publish: { ${publish} } }\n`;

const rights = (rest = "") =>
  `access: { ${["rules: [{ repository: a, who: [users], may: [pull] }]", rest].filter(Boolean).join(", ")} }\n`;
const ldap = (url: string, rest = "") => minimal("", rights(`ldap: { url: "${url}", base: "dc=a"${rest} }`));
const rule = (may: string) => minimal("", `access: { rules: [{ repository: a, who: [users], ${may} }] }\n`);

const CASES: readonly Case[] = [
  [
    "one-platform",
    minimal("", "docker: {}\nkubernetes: { context: c }\n"),
    "kubernetes",
    minimal("", "kubernetes: { context: c }\n"),
  ],
  [
    "backup-target-in-cluster",
    minimal("", "kubernetes: { context: c }\nbackup: { target: /srv/backup }\n"),
    "backup.target",
    minimal("", "kubernetes: { context: c }\nbackup: { target: s3:https://s3.example.com/backups/a }\n"),
  ],
  [
    "one-storage-node-or-four",
    cluster("storage: { nodes: 3 }"),
    "kubernetes.storage.nodes",
    cluster("storage: { nodes: 4 }"),
  ],
  [
    "node-port-for-node-port",
    cluster("expose: { nodePort: 30443 }"),
    "kubernetes.expose.nodePort",
    cluster("expose: { by: node-port, nodePort: 30443 }"),
  ],
  [
    "source-ranges-for-load-balancer",
    cluster("expose: { by: node-port, sourceRanges: [10.0.0.0/8] }"),
    "kubernetes.expose.sourceRanges",
    cluster("expose: { sourceRanges: [10.0.0.0/8] }"),
  ],
  [
    "ingress-options-for-ingress",
    cluster("expose: { className: nginx }"),
    "kubernetes.expose.className",
    cluster("expose: { by: ingress, className: nginx }"),
  ],
  [
    "docker-tls-directory-needs-tcp",
    docker("tlsDirectory: certs"),
    "docker.tlsDirectory",
    docker("host: tcp://h:2376, tlsDirectory: certs"),
  ],
  ["docker-tcp-needs-tls", docker("host: tcp://10.0.0.1:2375"), "docker.host", docker("host: tcp://127.0.0.1:2375")],
  [
    "docker-tcp-needs-tls",
    docker("host: tcp://localhost.example.com:2375"),
    "docker.host",
    docker('host: "tcp://[::1]:2375"'),
  ],
  [
    "docker-ssh-options-need-ssh",
    docker("sshOptions: [-C]"),
    "docker.sshOptions",
    docker("host: ssh://a@h, sshOptions: [-C]"),
  ],
  [
    "old-engine-one-address",
    minimal('  publish: { address: [127.0.0.1, "::1"] }\n', "docker: { olderThan25: true }\n"),
    "registry.publish.address",
    minimal('  publish: { address: [127.0.0.1, "::1"] }\n'),
  ],
  ["network-gateway-in-subnet", edge("gateway: 10.0.0.1"), "networks.edge.gateway", edge("subnet: 10.0.0.0/24")],
  [
    "network-gateway-in-subnet",
    edge("subnet: 10.0.0.0/29, gateway: 10.0.0.7"),
    "networks.edge.gateway",
    edge("subnet: 10.0.0.0/29, gateway: 10.0.0.6"),
  ],
  [
    "network-gateway-in-subnet",
    edge("subnet: 10.0.0.0/29, gateway: 10.0.0.0"),
    "networks.edge.gateway",
    edge("subnet: 10.0.0.0/29, gateway: 10.0.0.1"),
  ],
  [
    "network-subnets-apart",
    minimal("", "networks: { edge: { subnet: 10.0.0.0/23 }, storage: { subnet: 10.0.1.0/24 } }\n"),
    "networks.storage.subnet",
    minimal("", "networks: { edge: { subnet: 10.0.0.0/24 }, storage: { subnet: 10.0.1.0/24 } }\n"),
  ],
  [
    "tls-none-needs-reason",
    `${on443}  tls: { mode: none }\n`,
    "registry.tls",
    `${on443}  tls: { mode: none, reason: a lab without a way in }\n`,
  ],
  [
    "tls-none-needs-reason",
    minimal("  publish: { address: 10.0.0.1 }\n"),
    "registry.tls",
    minimal('  publish: { address: "::1" }\n'),
  ],
  [
    "lets-encrypt-covers-host",
    `${on443}  tls: { mode: lets-encrypt, email: a@example.com, hosts: [www.example.com] }\n`,
    "registry.tls.hosts",
    on443 + le(),
  ],
  [
    "lets-encrypt-needs-public-names",
    `${on443.replace("registry.example.com", "registry.internal")}  tls: { mode: lets-encrypt, email: a@example.com, hosts: [registry.internal] }\n`,
    "registry.tls.hosts[0]",
    `${on443.replace("registry.example.com", "registry.internal")}  tls: { mode: lets-encrypt, email: a@example.com, hosts: [registry.internal], directoryUrl: https://acme.internal/dir }\n`,
  ],
  [
    "lets-encrypt-needs-443",
    `${on443.replace("443", "5000")}${le()}`,
    "registry.publish.port",
    `${on443.replace("443", "5000")}${le(", directoryUrl: https://acme.internal/dir")}`,
  ],
  [
    "lets-encrypt-needs-443",
    `${on443.replace("443", "5000")}${le(", directoryUrl: staging")}`,
    "registry.publish.port",
    `${on443}${le(", directoryUrl: staging")}`,
  ],
  [
    "lets-encrypt-needs-public-address",
    `${on443.replace("0.0.0.0", "127.0.0.2")}${le()}`,
    "registry.publish.address",
    `${on443.replace("0.0.0.0", "127.0.0.2")}${le(", directoryUrl: https://acme.internal/dir")}`,
  ],
  [
    "lets-encrypt-ca-needs-directory",
    `${on443}${le(", caFile: ca.pem")}`,
    "registry.tls.caFile",
    `${on443}${le(", caFile: ca.pem, directoryUrl: https://acme.internal/dir")}`,
  ],
  [
    "lets-encrypt-ca-needs-directory",
    `${on443}${le(", caFile: ca.pem, directoryUrl: https://acme-v02.api.letsencrypt.org/directory")}`,
    "registry.tls.caFile",
    on443 + le(),
  ],
  ["certificate-and-key-differ", cert("keyFile: c.pem"), "registry.tls.keyFile", cert("keyFile: k.pem")],
  [
    "cipher-suites-need-tls12",
    cert("keyFile: k.pem, minimumVersion: tls1.3, cipherSuites: [TLS_AES_128_GCM_SHA256]"),
    "registry.tls.cipherSuites",
    cert("keyFile: k.pem, cipherSuites: [TLS_AES_128_GCM_SHA256]"),
  ],
  [
    "client-auth-needs-ca",
    cert("keyFile: k.pem, clientAuth: request-client-cert"),
    "registry.tls.clientAuth",
    cert("keyFile: k.pem, clientAuth: request-client-cert, clientCaFiles: [ca.pem]"),
  ],
  [
    "proxy-url-names-host",
    minimal("  tls: { mode: behind-proxy, url: https://registry.example.com }\n"),
    "registry.tls.url",
    minimal("  tls: { mode: behind-proxy, url: https://localhost:8443 }\n"),
  ],
  [
    "proxy-reached-in-private",
    minimal("  publish: { address: 8.8.8.8 }\n  tls: { mode: behind-proxy, url: https://localhost }\n"),
    "registry.publish.address",
    minimal("  publish: { address: 127.0.0.2 }\n  tls: { mode: behind-proxy, url: https://localhost }\n"),
  ],
  [
    "proxy-elsewhere-needs-reason",
    minimal("  publish: { address: 192.168.1.2 }\n  tls: { mode: behind-proxy, url: https://localhost }\n"),
    "registry.tls.reason",
    minimal(
      "  publish: { address: 192.168.1.2 }\n  tls: { mode: behind-proxy, url: https://localhost, reason: a VLAN of the two }\n",
    ),
  ],
  [
    "host-is-no-namespace",
    `${on443.replace("registry.example.com", "registry")}  tls: { mode: none, reason: a lab without a way in }\n`,
    "registry.host",
    on443.replace("registry.example.com", "registry").replace("443", "5000") +
      "  tls: { mode: none, reason: a lab without a way in }\n",
  ],
  [
    "host-is-no-namespace",
    "registry:\n  host: registry\n  tls: { mode: behind-proxy, url: https://registry }\n",
    "registry.host",
    "registry:\n  host: registry\n  tls: { mode: behind-proxy, url: https://registry:8443 }\n",
  ],
  [
    "stop-after-drain",
    minimal("  drainTimeoutSeconds: 80\n"),
    "registry.stopTimeoutSeconds",
    minimal("  drainTimeoutSeconds: 79\n"),
  ],
  [
    "proxy-can-store",
    minimal("  proxy: { remoteUrl: https://hub }\n  readOnly: true\n"),
    "registry.readOnly",
    minimal("  readOnly: true\n"),
  ],
  [
    "proxy-can-evict",
    minimal("  proxy: { remoteUrl: https://hub, ttlHours: 1 }\n  delete: false\n"),
    "registry.delete",
    minimal("  proxy: { remoteUrl: https://hub }\n  delete: false\n"),
  ],
  [
    "proxy-remembers-nothing",
    minimal("  proxy: { remoteUrl: https://hub }\n  cache: { type: inmemory }\n"),
    "registry.cache.type",
    minimal("  proxy: { remoteUrl: https://hub, ttlHours: 168 }\n  cache: { type: none }\n"),
  ],
  [
    "proxy-remembers-nothing",
    minimal('  proxy: { remoteUrl: https://hub }\n  cache: { type: redis, addresses: ["r:6379"] }\n'),
    "registry.cache.type",
    minimal('  cache: { type: redis, addresses: ["r:6379"] }\n'),
  ],
  [
    "metrics-need-network",
    minimal("  metrics: { enabled: true }\n"),
    "registry.metrics.network",
    minimal("  metrics: { enabled: true, network: monitoring }\n"),
  ],
  [
    "metrics-port-is-free",
    minimal("  metrics: { enabled: true, network: monitoring, port: 5000 }\n"),
    "registry.metrics.port",
    minimal("  metrics: { port: 5002 }\n"),
  ],
  [
    "notification-names-differ",
    endpoints("name: a", "name: a"),
    "registry.notifications.endpoints[1].name",
    endpoints("name: a", "name: b"),
  ],
  [
    "notification-headers-differ",
    endpoints("name: a, headers: { X-A: [b] }, headersFromVariables: { x-a: v }", "name: b"),
    "registry.notifications.endpoints[0].headersFromVariables.x-a",
    endpoints("name: a, headers: { X-A: [b] }, headersFromVariables: { x-b: v }", "name: b"),
  ],
  ...["http://a.example.com", "http://10.0.0.5:9000/", "http://[fd00::5]/"].map(
    (url): Case => [
      "notification-secret-needs-https",
      told(url),
      "registry.notifications.endpoints[0].url",
      told(url, ", reason: a laboratory behind a firewall"),
    ],
  ),
  ...["https://a.example.com", "http://scanner:9000/", "http://127.0.0.1:9000", "http://[::1]/"].map(
    (url): Case => [
      "notification-secret-needs-https",
      told("http://a.example.com"),
      "registry.notifications.endpoints[0].url",
      told(url),
    ],
  ),
  ["redirect-reaches-storage", minimal("  redirect: true\n"), "registry.redirect", s3("", "  redirect: true\n")],
  [
    "redirect-reaches-storage",
    rustfs("", "  redirect: true\n  redirectEndpoint: https://s3.example.com\n"),
    "registry.redirect",
    rustfs("s3Publish: {}", "  redirect: true\n  redirectEndpoint: https://s3.example.com\n"),
  ],
  [
    "redirect-endpoint-needs-redirect",
    minimal("  redirectEndpoint: https://s3.example.com\n"),
    "registry.redirectEndpoint",
    minimal(),
  ],
  [
    "redirect-endpoint-needs-path-style",
    s3("", "  redirect: true\n  redirectEndpoint: https://s3.example.com\n"),
    "registry.redirectEndpoint",
    s3("forcePathStyle: true", "  redirect: true\n  redirectEndpoint: https://s3.example.com\n"),
  ],
  ["memory-holds-uploads", minimal("  memoryMb: 1215\n"), "registry.memoryMb", minimal("  memoryMb: 1216\n")],
  [
    "memory-holds-uploads",
    minimal("  uploadsAtOnce: 4\n  memoryMb: 255\n"),
    "registry.memoryMb",
    minimal("  uploadsAtOnce: 4\n  memoryMb: 256\n"),
  ],
  [
    "memory-holds-uploads",
    rustfs("chunkSizeMb: 64", "  memoryMb: 1216\n"),
    "registry.memoryMb",
    rustfs("chunkSizeMb: 8", "  memoryMb: 1216\n"),
  ],
  [
    "memory-holds-uploads",
    s3("chunkSizeMb: 64", "  memoryMb: 1216\n"),
    "registry.memoryMb",
    s3("chunkSizeMb: 64", "  memoryMb: 1216\n  configuration: { storage: { s3: { chunksize: 8388608 } } }\n"),
  ],
  [
    "storage-is-not-both",
    minimal("", "storage: { rustfs: {}, s3: { region: r1, bucket: abc } }\n"),
    "storage",
    minimal("", "storage: { rustfs: {} }\n"),
  ],
  ["storage-is-not-neither", minimal("", "storage: {}\n"), "storage", minimal()],
  [
    "data-is-in-one-place",
    rustfs("volume: {}, directories: [/a]"),
    "storage.rustfs.directories",
    rustfs("directories: [/a]"),
  ],
  [
    "directories-apart",
    rustfs("directories: [/a, /a]"),
    "storage.rustfs.directories[1]",
    rustfs("directories: [/a, /ab]"),
  ],
  [
    "directories-apart",
    rustfs("directories: [/a/b, /a]"),
    "storage.rustfs.directories[0]",
    rustfs("directories: [/a/b, /a/c]"),
  ],
  ["parity-fits-directories", rustfs("parity: 0"), "storage.rustfs.parity", rustfs("directories: [/a, /b], parity: 0")],
  [
    "parity-fits-directories",
    rustfs("directories: [/a, /b, /c], parity: 2"),
    "storage.rustfs.parity",
    rustfs("directories: [/a, /b, /c, /d], parity: 2"),
  ],
  ["kms-key-needs-encrypt", s3("kmsKeyId: k"), "storage.s3.kmsKeyId", s3("kmsKeyId: k, encrypt: true")],
  [
    "aws-options-need-aws",
    s3("endpoint: https://s3, accelerate: true"),
    "storage.s3.accelerate",
    s3("accelerate: true, dualStack: true"),
  ],
  [
    "ca-needs-https",
    s3("endpoint: http://s3, caFile: ca.pem"),
    "storage.s3.caFile",
    s3("endpoint: https://s3, caFile: ca.pem"),
  ],
  ["ca-is-checked", s3("skipVerify: true, caFile: ca.pem"), "storage.s3.skipVerify", s3("caFile: ca.pem")],
  [
    "ports-apart",
    rustfs("console: { port: 9000 }, s3Publish: {}"),
    "storage.rustfs.s3Publish.port",
    rustfs("console: {}, s3Publish: {}"),
  ],
  [
    "ports-apart",
    rustfs("console: { port: 5000, address: all }"),
    "storage.rustfs.console.port",
    rustfs('console: { port: 5000, address: [127.0.0.2, "::"] }'),
  ],
  [
    "alertmanager-needs-prometheus",
    minimal("", `monitoring: { alertmanager: ${TOLD} }\n`),
    "monitoring.alertmanager",
    minimal("", `monitoring: { prometheus: {}, alertmanager: ${TOLD} }\n`),
  ],
  [
    "perses-needs-prometheus",
    minimal("", "monitoring: { perses: {} }\n"),
    "monitoring.perses",
    minimal("", "monitoring: { prometheus: {}, perses: {} }\n"),
  ],
  [
    "alertmanager-tells-somebody",
    alerts("port: 9093"),
    "monitoring.alertmanager",
    alerts("email: { to: [a@example.com], from: b@example.com, server: mail:25 }"),
  ],
  [
    "alert-webhook-has-one-url",
    alerts("webhooks: [{ tokenFromVariable: a }]"),
    "monitoring.alertmanager.webhooks[0]",
    alerts("webhooks: [{ urlFromVariable: a }]"),
  ],
  [
    "alert-webhook-has-one-url",
    alerts("webhooks: [{ url: https://a.example.com }, { url: https://a.example.com, urlFromVariable: a }]"),
    "monitoring.alertmanager.webhooks[1]",
    alerts("webhooks: [{ url: https://a.example.com }, { urlFromVariable: a }]"),
  ],
  [
    "alert-mail-hides-password",
    alerts("email: { to: [a@example.com], from: b@example.com, server: mail:25, username: a, tls: false }"),
    "monitoring.alertmanager.email.tls",
    alerts("email: { to: [a@example.com], from: b@example.com, server: mail:25, tls: false }"),
  ],
  [
    "ports-apart",
    minimal("", `${rights()}storage: { rustfs: { console: { port: 5001 } } }\n`),
    "storage.rustfs.console.port",
    minimal("", `${rights("port: 5002")}storage: { rustfs: { console: { port: 5001 } } }\n`),
  ],
  ["access-push-needs-pull", rule("may: [push, delete]"), "access.rules[0].may", rule("may: [push, pull]")],
  ...["pull, push", "delete", "pull, delete"].map(
    (may): Case => [
      "access-anyone-only-pulls",
      minimal("", `access: { rules: [{ repository: a, who: [bob, anyone], may: [${may}] }] }\n`),
      "access.rules[0].may",
      minimal("", "access: { rules: [{ repository: a, who: [bob, anyone], may: [pull] }] }\n"),
    ],
  ),
  [
    "access-groups-hold-users",
    minimal("", rights("groups: { a: [b, bob], b: [alice] }")),
    "access.groups.a[0]",
    minimal("", rights("groups: { a: [bob], b: [alice] }")),
  ],
  [
    "access-names-differ",
    minimal("", rights("groups: { ci: [bob] }, robots: { ci: {} }")),
    "access.robots.ci",
    minimal("", rights("groups: { cis: [bob] }, robots: { ci: {} }")),
  ],
  [
    "access-catalog-needs-login",
    minimal("", rights("catalog: [alice, anyone]")),
    "access.catalog[1]",
    minimal("", rights("catalog: [alice, users]")),
  ],
  ["access-ldap-needs-tls", ldap("ldap://h"), "access.ldap.url", ldap("ldap://h", ", startTls: true")],
  ["access-ldap-needs-tls", ldap("ldap://h"), "access.ldap.url", ldap("ldap://h", ", reason: on the same machine")],
  ["access-ldap-tls-once", ldap("ldaps://h", ", startTls: true"), "access.ldap.startTls", ldap("ldaps://h")],
  [
    "access-ldap-ca-needs-tls",
    ldap("ldap://h", ", reason: on the same machine, caFile: ca.pem"),
    "access.ldap.caFile",
    ldap("ldaps://h", ", caFile: ca.pem"),
  ],
  ["access-without-lets-encrypt", `${on443}${le()}${rights()}`, "registry.tls", `${cert("keyFile: k.pem")}${rights()}`],
  [
    "access-needs-a-name",
    `registry: { host: 10.0.0.5 }\n${rights()}`,
    "registry.host",
    `registry: { host: registry.example.com }\n${rights()}`,
  ],
  ["ui-has-certificate", `${on443}${le()}ui: {}\n`, "ui.publish", `${on443}${le()}`],
  [
    "ui-has-no-client-certificate",
    `${cert("keyFile: k.pem, clientCaFiles: [ca.pem]")}ui: {}\n`,
    "ui.publish",
    `${cert("keyFile: k.pem")}ui: {}\n`,
  ],
  ["ui-plain-http-needs-reason", minimal("", "ui: { publish: { address: 10.0.0.1 } }\n"), "ui.publish.address", page()],
  [
    "ui-proxy-reached-in-private",
    proxied("address: 10.0.0.1", ""),
    "ui.publish.address",
    proxied("address: 10.0.0.1", ", reason: a network of our own"),
  ],
  [
    "ui-proxy-reached-in-private",
    proxied("address: 1.2.3.4", ", reason: a network of our own"),
    "ui.publish.address",
    proxied("address: 1.2.3.4", ", network: front"),
  ],
  ["ui-deletes-what-may-be-deleted", page("delete: true", "  delete: false\n"), "ui.delete", page("delete: true")],
  [
    "ui-deletes-what-may-be-deleted",
    page("delete: true", "  readOnly: true\n"),
    "ui.delete",
    page("", "  readOnly: true\n"),
  ],
  [
    "ui-deletes-what-may-be-deleted",
    page("delete: true", "  proxy: { remoteUrl: https://registry-1.docker.io }\n  cache: { type: none }\n"),
    "ui.delete",
    page("", "  proxy: { remoteUrl: https://registry-1.docker.io }\n  cache: { type: none }\n"),
  ],
  [
    "ui-is-one-origin",
    `${s3("forcePathStyle: false", "  redirect: true\n")}ui: {}\n`,
    "ui.publish",
    `${s3("forcePathStyle: false")}ui: {}\n`,
  ],
];

/** What one rule alone finds. */
function findings(id: string, text: string): number | undefined {
  const { source } = readSource(text, "test.yaml");
  const rule = rules.find((one) => one.id === id);
  return rule?.check(checkSchema(source?.data).parsed as Environment).length;
}

describe.each(CASES)("%s", (id, broken, path, fine) => {
  test(`is reported once, at ${path}`, () => {
    expect(parseEnvironment(broken, "test.yaml").diagnostics.map((one) => one.path)).toEqual([path]);
    expect(findings(id, broken)).toBe(1);
  });

  test("has nothing to say about its neighbour", () => {
    expect(environment(fine).name).toBe("test");
    expect(findings(id, fine)).toBe(0);
  });
});

test("every rule has its cases here, in the order of the files", () => {
  expect([...new Set(CASES.map(([id]) => id))]).toEqual(rules.map(({ id }) => id));
});

describe("a rule that reads something broken", () => {
  const reading = {
    id: "test",
    reads: ["registry.publish"],
    check: () => [finding("name", "must be tested", "x", "test it")],
  };
  const found = (broken: readonly (string | number)[]) => runRules([reading], environment(minimal()), [broken]).length;

  test.each([[["registry"]], [["registry", "publish"]], [["registry", "publish", "port"]]])(
    "is left out: %j",
    (broken) => {
      expect(found(broken)).toBe(0);
    },
  );

  test.each([[["registry", "tls"]], [["registry", "publishing"]], [["storage"]]])(
    "is not left out for another: %j",
    (broken) => {
      expect(found(broken)).toBe(1);
    },
  );

  test("is what isReadable says", () => {
    expect(isReadable([], [["registry"]])).toBe(true);
  });

  test("says nothing about a default that a misspelt key leaves in place", () => {
    // publish.address stays 127.0.0.1 here, which would be wrong with Let's Encrypt.
    const text = `${on443.replace("publish:", "publsh:")}${le()}`;
    expect(problems(text)).toEqual(["3:3 registry.publsh: is not a known key"]);
  });
});

test("a storage that says nothing of its parts has those of the constructs, which the memory must hold", () => {
  const parsed = { registry: { uploadsAtOnce: 32 }, storage: { other: {} } } as unknown as Parsed;
  expect(registryMemory(parsed)).toBe(memoryForUploads(CHUNK_SIZE_MB, 32));
});
