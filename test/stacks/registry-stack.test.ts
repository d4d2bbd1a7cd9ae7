import { readFileSync } from "node:fs";
import { App, Testing } from "cdktf";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type Environment, parseEnvironment } from "../../config";
import { RegistryStack, requiredProviders } from "../../stacks";
import { environment, minimal } from "../config/support";
import { environmentOf, fileOf, type Synthesized } from "../support/synth";

const read = (file: string): Environment => {
  const { environment, diagnostics } = parseEnvironment(readFileSync(file, "utf8"), file);
  expect(diagnostics).toEqual([]);
  return environment as Environment;
};

const synthesize = (environment: Environment): Synthesized => {
  const stack = new RegistryStack(new App({ stackTraces: false, outdir: "cdktf.out" }), environment);
  stack.prepareStack();
  return JSON.parse(Testing.synth(stack, true));
};

describe.each(["local", "production"])("environments/%s.yaml", (name) => {
  test("is the stack it was", () => {
    expect(synthesize(read(`environments/${name}.yaml`))).toMatchSnapshot();
  });

  test("has the addresses it had: a renamed one destroys what it stands for", () => {
    const { resource } = synthesize(read(`environments/${name}.yaml`));
    const addresses = Object.entries(resource).flatMap(([type, all]) => Object.keys(all).map((id) => `${type}.${id}`));
    expect(addresses.sort()).toMatchSnapshot();
  });
});

test("its platform's providers are those that the stack asks for", () => {
  const local = read("environments/local.yaml");
  const asked = synthesize(local).terraform.required_providers;
  expect(requiredProviders([local, local])).toEqual(Object.values(asked));
});

test("the same file gives the same bytes", () => {
  const twice = [1, 2].map(() => JSON.stringify(synthesize(read("environments/production.yaml"))));
  expect(twice[0]).toBe(twice[1]);
});

test("no path of this machine is in what Terraform reads", () => {
  expect(JSON.stringify(synthesize(read("environments/local.yaml")))).not.toContain(process.cwd());
});

describe("keys that every-key.yaml cannot have beside its others", () => {
  const of = (text: string) => synthesize(environment(text, "environments/test.yaml"));

  test("storage.s3.keysFrom: machine-role leaves no key to give, and none in the container", () => {
    const text = minimal("", "storage: { s3: { bucket: images, region: eu-west-1, keysFrom: machine-role } }\n");
    const stack = of(text);
    expect(Object.keys(stack.variable ?? {}).sort()).toEqual(["registry_htpasswd", "registry_http_secret"]);
    const { distribution = {} as never } = stack.resource.docker_container ?? {};
    expect(environmentOf(distribution)).not.toHaveProperty("AWS_SHARED_CREDENTIALS_FILE");
    expect(JSON.stringify(stack)).not.toMatch(/registry_s3_|s3-credentials/);
    expect(Object.keys(of(text.replace("machine-role", "secrets")).variable ?? {})).toContain("registry_s3_secret_key");
  });

  test("registry.realm, which nobody sees who gets tokens", () => {
    const { distribution = {} as never } = of(minimal("  realm: A realm\n")).resource.docker_container ?? {};
    expect(fileOf(distribution, "/etc/distribution/config.yml")).toContain('realm: "A realm"');
  });

  test.each([true, false])("registry.tls.protectCertificates: %s", (protect) => {
    const tls = `{ mode: lets-encrypt, email: a@example.com, hosts: [registry.example.com], protectCertificates: ${protect} }`;
    const stack = of(
      `registry: { host: registry.example.com, publish: { address: 0.0.0.0, port: 443 }, tls: ${tls} }\n`,
    );
    expect(stack.resource.docker_volume?.distribution_acme).toMatchObject({ lifecycle: { prevent_destroy: protect } });
  });
});

describe("ui, which every-key.yaml cannot have beside redirects and clients' certificates", () => {
  const text = (ui: string, more = "") => minimal(more, `images: { ui: "my/ui:7.8.9" }\nui: { ${ui} }\n`);
  const of = (ui: string, more?: string) => synthesize(environment(text(ui, more), "environments/test.yaml"));

  test("has its own image and container, and adds nothing else", () => {
    const addresses = ({ resource }: Synthesized) =>
      Object.entries(resource).flatMap(([type, all]) => Object.keys(all).map((id) => `${type}.${id}`));
    const without = addresses(synthesize(environment(minimal(""), "environments/test.yaml")));
    const added = addresses(of("")).filter((address) => !without.includes(address));
    expect(added.sort()).toEqual(["docker_container.ui", "docker_image.ui_image"]);
    expect(JSON.stringify(of(""))).toContain("my/ui:7.8.9");
  });

  test("every key arrives", () => {
    const { ui = {} as never } =
      of(
        "publish: { address: 127.0.0.9, port: 8099 }, delete: true, title: A title, labels: { one: two }, memoryMb: 77",
      ).resource.docker_container ?? {};
    expect(ui).toMatchObject({ ports: [{ external: 8099, internal: 8080, ip: "127.0.0.9" }], memory: 77 });
    expect(ui.labels).toContainEqual({ label: "one", value: "two" });
    expect(fileOf(ui, "/etc/private-registry/ui/index.html")).toContain('docker-registry-ui-title="A title"');
    expect(fileOf(ui, "/etc/private-registry/nginx.conf")).toContain("DELETE /v2/");
  });

  test("tells its address, and asks for no more repositories than the registry lists at once", () => {
    const stack = of("", "  limits: { catalog: 55 }\n");
    expect(stack.output?.ui_url).toMatchObject({ value: "http://localhost:8080" });
    const { ui = {} as never } = stack.resource.docker_container ?? {};
    expect(fileOf(ui, "/etc/private-registry/ui/index.html")).toContain('catalog-elements-limit="55"');
  });
});

describe("every key of an environment file", () => {
  const file = "test/stacks/every-key.yaml";
  const stack = synthesize(read(file));
  const { distribution, htpasswd_file } = stack.resource.docker_container ?? {};
  const config = parse(
    fileOf(distribution ?? {}, "/etc/distribution/config.yml").replaceAll(/\$\{jsonencode\((.*)\)\}/g, '"$1"'),
  );
  const everything = JSON.stringify([stack, config]);

  // Every text in the file has a value of its own; those that are translated say how.
  const TRANSLATED: Record<string, string> = {
    "my/distribution:1.2.3": "mirror.example.com/hub/my/distribution:1.2.3",
    "my/rustfs:4.5.6": "",
    "my/ui:8.9.10": "",
    // Who gets tokens sees the realm nowhere.
    "Every realm": "",
    // Is for whoever reads the file.
    "a laboratory behind a firewall": "",
    "a directory on the same machine": "",
    "ldap://ldap.example.com:3389": "ldap.example.com:3389",
    "(uid=every-${account})": "(uid=every-$${account})",
    s3: "s3",
  };
  const texts = (value: unknown): string[] =>
    typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([key, inner]) => [
          ...(/-(field|label)$/.test(key) ? [key] : []),
          ...texts(inner),
        ])
      : typeof value === "string"
        ? [value]
        : [];

  test.each([...new Set(texts(parse(readFileSync(file, "utf8"))))])("%s arrives", (text) => {
    expect(everything).toContain(TRANSLATED[text] ?? text);
  });

  test("numbers and switches arrive", () => {
    expect(config).toMatchObject({
      log: {
        level: "warn",
        formatter: "logstash",
        accesslog: { disabled: true },
        fields: { "log-field": "log-value" },
      },
      storage: {
        delete: { enabled: true },
        redirect: { disable: false },
        cache: { blobdescriptor: "redis" },
        maintenance: {
          uploadpurging: { enabled: true, age: "101h", interval: "13h", dryrun: true },
          readonly: { enabled: true },
        },
        s3: {
          chunksize: 48 * 1024 ** 2,
          multipartcopymaxconcurrency: 55,
          encrypt: true,
          forcepathstyle: true,
          redirectendpoint: "https://redirect.example.com",
        },
      },
      redis: { db: 7, tls: {}, password: "var.registry_redis_password" },
      catalog: { maxentries: 902 },
      tags: { maxtags: 901 },
      http: {
        draintimeout: "41s",
        headers: { "X-Every": ["header-value"] },
        debug: { addr: ":5077", prometheus: { enabled: true, path: "/every-metrics" } },
      },
      notifications: {
        events: { includereferences: true },
        endpoints: [
          {
            disabled: true,
            timeout: "6s",
            threshold: 17,
            backoff: "3s",
            headers: { "X-Plain": ["plain-value"], Authorization: ["var.events_token"] },
            ignoredmediatypes: ["application/ignored"],
            ignore: { mediatypes: ["application/ignored-too"], actions: ["mount"] },
          },
        ],
      },
    });
    expect(distribution).toMatchObject({
      ports: [{ external: 5443, ip: "127.0.0.11" }],
      stop_timeout: 43,
      memory: 777,
      cpus: "1.75",
      restart: "on-failure",
    });
    expect(distribution?.healthcheck.test.at(-1)).toBe("http://127.0.0.1:5077/debug/health");
    expect(environmentOf(distribution ?? {}).HTTPS_PROXY).toBe("http://web-proxy.example.com:3128");
    expect(htpasswd_file?.labels).toContainEqual({ label: "every-label", value: "every-label-value" });
    expect(stack.resource.docker_network).toMatchObject({
      edge: { ipam_config: [{ gateway: "172.29.0.9" }], options: { "com.docker.network.driver.mtu": "1401" } },
      storage: { ipam_config: [{ gateway: "172.29.1.9" }], options: { "com.docker.network.driver.mtu": "1402" } },
    });
    expect(stack.terraform.backend.s3).toMatchObject({
      use_lockfile: true,
      use_path_style: true,
      encrypt: true,
      endpoints: { s3: "https://state.example.com" },
      skip_credentials_validation: true,
      skip_region_validation: true,
      skip_metadata_api_check: true,
      skip_requesting_account_id: true,
      skip_s3_checksum: true,
    });
  });
});
