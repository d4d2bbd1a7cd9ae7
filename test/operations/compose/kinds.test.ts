import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { type ComposeImport, importCompose } from "../../../operations/compose/import";
import { switchImport } from "../../../operations/compose/switch";
import { writeImport } from "../../../operations/compose/write-import";
import { readSecrets, secretsPath } from "../../../operations/secrets/file";
import { inFolder } from "../in-folder";

inFolder();

type Options = Parameters<typeof importCompose>[2];

/** Writes files, the compose file as YAML, and imports it. */
function importAll(services: object, files: Record<string, string> = {}, options: Options = {}, more: object = {}) {
  for (const [path, text] of Object.entries({ "old/compose.yml": stringify({ services, ...more }), ...files })) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return importCompose("old/compose.yml", {}, { project: "shop", ...options });
}
const importOne = (...args: Parameters<typeof importAll>) => importAll(...args)[0] as ComposeImport;
const registryOf = (imported: ComposeImport) => parse(imported.yaml).registry;
const warningsOf = ({ report }: ComposeImport) => report.warnings.join("\n");

describe("images on a file system", () => {
  const HUB = { image: "registry:2.8.3", ports: ["5000:5000"], volumes: ["./data:/var/lib/registry"] };

  test("are copied into RustFS while the old registry goes on", () => {
    const imported = importOne({ hub: HUB });
    expect(parse(imported.yaml).storage).toEqual({ rustfs: {} });
    expect(imported.storage.old).toMatchObject({
      source: { directory: "/var/lib/registry" },
      bucket: "registry",
      prefix: "docker/registry/v2/",
    });
    const steps = imported.commands.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    expect(steps).toEqual([
      "OLD=$(docker ps -q --filter label=com.docker.compose.project=shop --filter label=com.docker.compose.service=hub)",
      expect.stringContaining("does not run here"),
      "private-registry up shop",
      'docker create --name shop-import --network shop-storage --volumes-from "$OLD":ro --user 0 --entrypoint sh \\',
      `  "$(docker inspect --format '{{.Image}}' shop-rustfs)" /import/copy.sh`,
      "docker cp .private-registry/shop/import shop-import:/import",
      "docker start --attach shop-import",
      'docker stop "$OLD"',
      "docker start --attach shop-import",
      "private-registry import switch shop",
      "private-registry up shop",
      "docker rm shop-import",
      "rm -r .private-registry/shop/import",
    ]);
  });

  test.each<[string, object, object]>([
    [
      "another directory, mounted",
      { environment: { REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: "/data" }, volumes: ["d:/data"] },
      { directory: "/data" },
    ],
    [
      "a part of a mount",
      { environment: { REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: "/srv/a/b" }, volumes: ["d:/srv/a/"] },
      { directory: "/srv/a/b" },
    ],
    ["no mount at all: the image has a volume", { volumes: [] }, { directory: "/var/lib/registry" }],
  ])("in %s", (_, keys, source) => {
    expect(importOne({ hub: { ...HUB, ...keys } }).storage.old?.source).toEqual(source);
  });

  test("inside the container are refused, with how to get them out", () => {
    const environment = { REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: "/data" };
    expect(() => importOne({ hub: { ...HUB, environment } })).toThrow(
      "keeps its images in /data, inside its container",
    );
  });

  test("until the switch the new registry is on loopback, at a port that nobody has; then it is what the old one was", () => {
    const services = {
      hub: { ...HUB, ports: ["5000:5000"], labels: ["a=b"] },
      ui: { image: "ui:1", ports: ["5001:80"] },
    };
    mkdirSync("environments");
    writeFileSync("environments/other.yaml", "registry: { host: localhost, publish: { port: 5002 } }\n");
    const imported = importOne(
      services,
      {},
      { plainHttpReason: "a lab without any other network", host: "hub.internal" },
    );
    const path = writeImport(imported, false);
    expect(parse(readFileSync(path, "utf8")).registry).toMatchObject({
      host: "localhost",
      publish: { address: "127.0.0.1", port: 5003 },
      tls: { mode: "none" },
    });
    expect(parse(readFileSync(path, "utf8")).registry.labels).toBeUndefined();
    // What somebody changed meanwhile stays.
    writeFileSync(path, `# mine\n${readFileSync(path, "utf8")}images: { mirror: mirror.example.com }\n`);
    expect(switchImport("shop")).toBe(path);
    const after = readFileSync(path, "utf8");
    expect(after).toMatch(/^# mine\n/);
    expect(parse(after)).toEqual({ ...parse(imported.yaml), images: { mirror: "mirror.example.com" } });
  });

  test("a switch that would clash with another environment changes nothing", () => {
    const path = writeImport(importOne({ hub: HUB }), false);
    writeFileSync("environments/other.yaml", "registry: { host: localhost, publish: { port: 5000 } }\n");
    const before = readFileSync(path, "utf8");
    expect(() => switchImport("shop")).toThrow(/publish/);
    expect(readFileSync(path, "utf8")).toBe(before);
    expect(() => switchImport("other")).toThrow("no import of other waits for a switch");
  });
});

describe("pull-through caches", () => {
  const CACHE = {
    image: "registry:2",
    ports: ["127.0.0.1:5010:5000"],
    environment: {
      REGISTRY_PROXY_REMOTEURL: "https://registry-1.docker.io",
      REGISTRY_PROXY_USERNAME: "reader",
      REGISTRY_PROXY_PASSWORD: "a password at the hub",
    },
  };

  test("become environments with registry.proxy; nothing is copied, the password is a secret", () => {
    const imported = importOne({ hub: CACHE });
    expect(registryOf(imported)).toMatchObject({
      publish: { address: "127.0.0.1", port: 5010 },
      proxy: { remoteUrl: "https://registry-1.docker.io", username: "reader" },
    });
    expect(imported.commands).not.toContain("copy.sh");
    expect(imported.yaml).not.toContain("at the hub");
    expect(imported.report.keptThings).toContain("cache of https://registry-1.docker.io");
    writeImport(imported, false);
    expect(readSecrets(secretsPath("shop")).registry_proxy_password).toBe("a password at the hub");
  });

  test("several of a file are all imported, each with its service's name", () => {
    const other = {
      ...CACHE,
      ports: ["127.0.0.1:5011:5000"],
      environment: { REGISTRY_PROXY_REMOTEURL: "https://ghcr.io" },
    };
    const push = { image: "registry:3", ports: ["127.0.0.1:5012:5000"] };
    const all = importAll({ hub: CACHE, ghcr: other, push, web: { image: "nginx" } });
    expect(all.map(({ name }) => name)).toEqual(["shop-hub", "shop-ghcr", "shop-push"]);
    expect(all.map((one) => registryOf(one).proxy?.remoteUrl)).toEqual([
      "https://registry-1.docker.io",
      "https://ghcr.io",
      undefined,
    ]);
    expect(all.map((one) => warningsOf(one))).toEqual(
      Array(3).fill(expect.stringMatching(/^service web \(nginx\) is not taken over[^\n]*$/)),
    );
    expect(importAll({ hub: CACHE, ghcr: other, push }, {}, { service: ["ghcr", "push"] })).toHaveLength(2);
  });
});

describe("images that are built or wrapped", () => {
  const wrapped = (dockerfile: string, build: object = {}, options: Options = {}) =>
    importOne(
      { hub: { build: { context: "./hub", ...build }, ports: ["5000:5000"] } },
      {
        "old/hub/Dockerfile": dockerfile,
        "old/hub/decoy.yml": "version: 0.1\nhttp: { headers: { X-From: [decoy] } }\n",
        "old/hub/config.yml": "version: 0.1\nhttp: { headers: { X-From: [file] } }\n",
      },
      options,
    );

  test("are known by what their Dockerfile starts from, with what it copies and sets", () => {
    const imported = wrapped(
      [
        "ARG VERSION=2.8.2",
        "FROM golang:1 AS build",
        "FROM registry:${VERSION} AS base",
        "ENV REGISTRY_AUTH=silly REGISTRY_LOG_LEVEL=error",
        "FROM --platform=linux/amd64 base",
        "COPY --from=build decoy.yml /etc/docker/registry/config.yml",
        "COPY --chown=1:1 config.yml /etc/docker/registry/config.yml",
        'ENV REGISTRY_HTTP_DRAINTIMEOUT=50s REGISTRY_LOG_LEVEL="warn"',
      ].join("\n"),
    );
    expect(registryOf(imported)).toMatchObject({
      headers: { "X-From": ["file"] },
      drainTimeoutSeconds: 50,
      log: { level: "warn" },
    });
    expect(warningsOf(imported)).not.toContain("is unknown");
  });

  // Path style is what tells versions apart; docs/guides/import-compose.md has the table.
  test.each<[string, string, object, Options, boolean]>([
    ["FROM with an argument", "ARG V=3.0.0\nFROM registry:$V\n", { args: { V: "2.7.1" } }, {}, true],
    ["FROM a version 3", "FROM registry:3.0.0\n", {}, {}, false],
    ["--registry-version", "FROM company/hub:9\n", {}, { service: ["hub"], registryVersion: "2.8.3" }, true],
    ["a target", "FROM registry:2.8 AS old\nFROM registry:3\n", { target: "old" }, {}, true],
  ])("the version comes from %s", (_, dockerfile, build, options, isPathStyle) => {
    const environment = {
      REGISTRY_STORAGE_S3_BUCKET: "b-1",
      REGISTRY_STORAGE_S3_REGION: "r",
      REGISTRY_STORAGE_S3_REGIONENDPOINT: "http://192.0.2.1:9000",
    };
    const services = { hub: { build: { context: "./hub", ...build }, environment } };
    const imported = importOne(services, { "old/hub/Dockerfile": dockerfile }, options);
    expect(parse(imported.yaml).storage.s3.forcePathStyle).toBe(isPathStyle ? undefined : false);
  });

  test("whose version nobody knows are read as 3.x, and that is said", () => {
    expect(warningsOf(wrapped("FROM company/hub:9\n", {}, { service: ["hub"] }))).toContain(
      "the Distribution version of company/hub:9 is unknown",
    );
    expect(() => wrapped("FROM company/hub:9\n")).toThrow("has no registry: hub (company/hub:9)");
  });
});

describe("old forms, absent files", () => {
  test("certificates that are not there are named, and what must be put where", () => {
    const environment = { REGISTRY_HTTP_TLS_CERTIFICATE: "/certs/hub.crt", REGISTRY_HTTP_TLS_KEY: "/keys/hub.key" };
    const imported = importOne({
      hub: { image: "registry:2", ports: ["443:5000"], environment, volumes: ["./certs:/certs", "keys:/keys"] },
    });
    expect(registryOf(imported).tls).toEqual({
      mode: "certificate",
      certificateFile: "old/certs/hub.crt",
      keyFile: "certificates/hub.key",
    });
    expect(warningsOf(imported)).toMatch(
      /hub\.crt is not there: put it there before `up`, \/certs\/hub\.crt of the old registry/,
    );
    expect(warningsOf(imported)).toContain(
      "mkdir -p certificates && docker cp -L hub:/keys/hub.key certificates/hub.key",
    );
  });

  test("token authentication: all else is imported, and what is lost is said", () => {
    const environment = {
      REGISTRY_AUTH: "token",
      REGISTRY_AUTH_TOKEN_REALM: "https://auth.example.com/token",
      REGISTRY_AUTH_TOKEN_SERVICE: "hub",
    };
    const imported = importOne({ hub: { image: "registry:2", ports: ["127.0.0.1:5000:5000"], environment } });
    expect(registryOf(imported).configuration).toBeUndefined();
    expect(warningsOf(imported)).toContain(
      "the token server https://auth.example.com/token is not taken over: every user may then push",
    );
  });
});

describe("proxies beside", () => {
  const HUB = { image: "registry:2.8.3" };

  test("Traefik's labels: host, network and limit; the labels wait for the switch", () => {
    const labels = {
      "traefik.enable": "true",
      "traefik.http.routers.hub.rule": "Host(`hub.example.com`) && PathPrefix(`/v2`)",
      "traefik.http.routers.hub.entrypoints": "websecure",
      "traefik.http.middlewares.size.buffering.maxRequestBodyBytes": "104857600",
    };
    const services = { hub: { ...HUB, labels, networks: ["web"] }, traefik: { image: "traefik:3", networks: ["web"] } };
    const imported = importOne(services, {}, {}, { networks: { web: { external: true } } });
    expect(registryOf(imported)).toMatchObject({
      host: "hub.example.com",
      tls: { mode: "behind-proxy", url: "https://hub.example.com", network: "web" },
      labels,
    });
    expect(parse(imported.staged ?? "").registry.labels).toBeUndefined();
    expect(warningsOf(imported)).toContain(
      "maxRequestBodyBytes=104857600` (label traefik.http.routers.hub.rule) bounds a layer",
    );
  });

  test.each<[string, string, string, object]>([
    [
      "Caddy",
      "Caddyfile",
      "{\n\temail a@example.com\n}\nhub.example.com {\n\t# reverse_proxy other:1\n\trequest_body {\n\t\tmax_size 100MB\n\t}\n\treverse_proxy hub:5000 {\n\t\theader_up X-Forwarded-Proto {scheme}\n\t}\n}\n",
      { line: 4, upstream: "reverse_proxy hub:5000 {", limit: "max_size 100MB" },
    ],
    [
      "nginx",
      "nginx.conf",
      "events {}\nhttp {\n  upstream docker-registry {\n    server hub:5000;\n  }\n  server {\n    listen 443 ssl;\n    server_name hub.example.com;\n    client_max_body_size 2g;\n    location /v2/ { proxy_pass http://docker-registry; }\n  }\n}\n",
      { line: 6, upstream: "server hub:5000;", limit: "client_max_body_size 2g" },
    ],
    [
      "nginx",
      "site.conf",
      "server {\n  listen 443 ssl;\n  server_name hub.example.com;\n  location / { proxy_pass http://hub:5000; }\n}\n",
      { line: 1, upstream: "proxy_pass http://hub:5000;", limit: undefined },
    ],
  ])("%s's %s", (kind, name, text, { line, upstream, limit }: { line?: number; upstream?: string; limit?: string }) => {
    const image = kind === "Caddy" ? "caddy:2" : "nginx:1.29";
    const services = { hub: HUB, proxy: { image, ports: ["443:443"], volumes: [`./${name}:/etc/${name}:ro`] } };
    const imported = importOne(services, { [`old/${name}`]: text });
    expect(registryOf(imported)).toMatchObject({
      host: "hub.example.com",
      tls: { mode: "behind-proxy", url: "https://hub.example.com", network: "shop_default" },
    });
    expect(registryOf(imported).publish).toBeUndefined();
    expect(warningsOf(imported)).toContain(
      `old/${name}:${line}: \`${upstream}\` must lead to shop-registry:5000, on network shop_default`,
    );
    expect(warningsOf(imported)).toContain(limit ? `\`${limit}\`` : "client_max_body_size 0;");
  });

  test("one that goes through the host's port needs no network", () => {
    const conf =
      "server {\n  listen 443 ssl;\n  server_name hub.example.com;\n  client_max_body_size 0;\n  location / { proxy_pass http://host.docker.internal:5055; }\n}\n";
    const services = {
      hub: { ...HUB, ports: ["5055:5000"] },
      proxy: { image: "nginx", volumes: ["./conf:/etc/nginx/conf.d"] },
    };
    const imported = importOne(services, { "old/conf/hub.conf": conf });
    expect(registryOf(imported)).toMatchObject({
      publish: { address: "127.0.0.1", port: 5055 },
      tls: { mode: "behind-proxy", url: "https://hub.example.com" },
    });
    expect(registryOf(imported).tls.network).toBeUndefined();
  });

  test("nginx-proxy's variables come along after the switch", () => {
    const environment = { VIRTUAL_HOST: "hub.example.com", LETSENCRYPT_HOST: "hub.example.com", VIRTUAL_PORT: "5000" };
    const imported = importOne({ hub: { ...HUB, environment }, proxy: { image: "nginxproxy/nginx-proxy" } });
    expect(registryOf(imported)).toMatchObject({
      environment,
      tls: { url: "https://hub.example.com", network: "shop_default" },
    });
    expect(parse(imported.staged ?? "").registry.environment).toBeUndefined();
  });

  test.each([
    ["no name", "server_name _; location / { proxy_pass http://hub:5000; }"],
    ["another port of this host", "server_name shop.example.com; location / { proxy_pass http://127.0.0.1:9999; }"],
  ])("nginx with %s says nothing of the registry", (_, body) => {
    const services = {
      hub: { ...HUB, ports: ["127.0.0.1:5000:5000"] },
      proxy: { image: "nginx", volumes: ["./site.conf:/etc/nginx/conf.d/site.conf"] },
    };
    const imported = importOne(services, { "old/site.conf": `server { listen 443 ssl; ${body} }\n` });
    expect(registryOf(imported)).toMatchObject({ host: "localhost", tls: { mode: "none" } });
  });

  test("a switch takes the port away when the proxy's network is enough", () => {
    const services = { hub: HUB, proxy: { image: "caddy:2", volumes: ["./Caddyfile:/etc/caddy/Caddyfile"] } };
    const imported = importOne(services, { "old/Caddyfile": "hub.example.com {\n  reverse_proxy hub:5000\n}\n" });
    const path = writeImport(imported, false);
    expect(parse(readFileSync(path, "utf8")).registry.publish).toBeDefined();
    switchImport("shop");
    expect(parse(readFileSync(path, "utf8"))).toEqual(parse(imported.yaml));
    expect(parse(imported.yaml).registry.publish).toBeUndefined();
  });

  test("one that leads elsewhere is nobody's business", () => {
    const services = {
      hub: { ...HUB, ports: ["127.0.0.1:5000:5000"] },
      proxy: { image: "caddy:2", volumes: ["./Caddyfile:/etc/caddy/Caddyfile"] },
    };
    const imported = importOne(services, { "old/Caddyfile": "shop.example.com {\n  reverse_proxy web:80\n}\n" });
    expect(registryOf(imported)).toMatchObject({ host: "localhost", tls: { mode: "none" } });
  });
});
