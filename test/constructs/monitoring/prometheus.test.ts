import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { PrivateRegistry, type PrivateRegistryProps, RegistryStorage } from "../../../constructs";
import { alertRules } from "../../../constructs/monitoring/configuration";
import { contentOf, RecordingPlatform } from "../../support/recording-platform";
import { refusedOptions } from "../../support/refused-options";
import { synthesize } from "../../support/synth";

function record(props: PrivateRegistryProps): RecordingPlatform {
  const platform = new RecordingPlatform();
  synthesize((scope) => new PrivateRegistry(scope, "lab", { ...props, platform }));
  return platform;
}

const configurationOf = (platform: RecordingPlatform) =>
  parse(contentOf(platform.jobs["lab-prometheus-files"], "/incoming/prometheus.yml"));

describe("a registry that is not watched", () => {
  test("has nothing for it, and serves no metrics", () => {
    const platform = record({});
    expect(Object.keys(platform.services)).toEqual(["lab-rustfs", "lab-registry"]);
    expect(platform.images).toHaveLength(2);
    expect(platform.services["lab-rustfs"]?.environment).not.toHaveProperty("RUSTFS_OBS_ENDPOINT");
    expect(contentOf(platform.services["lab-registry"], "/etc/distribution/config.yml")).toContain('"127.0.0.1:5001"');
  });
});

describe("Prometheus beside the registry", () => {
  const platform = record({ monitoring: { prometheus: {} } });
  const prometheus = platform.services["lab-prometheus"];

  test("is published on loopback only", () => {
    expect(prometheus?.ports).toEqual([{ port: 9090, published: { address: "127.0.0.1", port: 9090 } }]);
  });

  test("is bounded", () => {
    expect(prometheus?.memoryMb).toBe(512);
    expect(configurationOf(platform).storage.tsdb.retention).toEqual({ time: "30d", size: "1024MB" });
  });

  test("reads the registry's metrics, which are served to its networks", () => {
    expect(configurationOf(platform).scrape_configs).toMatchObject([
      {
        job_name: "registry",
        metrics_path: "/metrics",
        static_configs: [{ targets: ["lab-registry:5001"], labels: { environment: "lab" } }],
      },
    ]);
    const { http } = parse(contentOf(platform.services["lab-registry"], "/etc/distribution/config.yml"));
    expect(http.debug).toEqual({ addr: ":5001", prometheus: { enabled: true, path: "/metrics" } });
    const networks = platform.services["lab-registry"]?.networks?.map(({ id }) => id);
    expect(prometheus?.networks?.map(({ id }) => id)).toEqual(networks);
  });

  test("takes RustFS's metrics, whose log stays where it is", () => {
    expect(platform.services["lab-rustfs"]?.environment).toMatchObject({
      RUSTFS_OBS_ENDPOINT: "http://prometheus:9090/api/v1/otlp",
      RUSTFS_OBS_TRACES_EXPORT_ENABLED: "false",
      RUSTFS_OBS_LOGS_EXPORT_ENABLED: "false",
      RUSTFS_OBS_LOG_STDOUT_ENABLED: "true",
    });
    expect(prometheus?.command).toContain("--web.enable-otlp-receiver");
    expect(prometheus?.networks?.map(({ aliases }) => aliases)).toEqual([["prometheus"], ["prometheus"]]);
  });

  test("has its files on a volume, so that a changed rule restarts nothing", () => {
    const volumes = prometheus?.mounts?.map(({ volume, path, readOnly }) => [volume, path, readOnly ?? false]);
    expect(volumes).toEqual([
      ["lab-prometheus-files", "/etc/private-registry", true],
      ["lab-prometheus", "/prometheus", false],
    ]);
    expect(prometheus?.files).toBeUndefined();
    expect(platform.volumes["lab-prometheus"]?.protect).toBe(false);
    expect(contentOf(platform.jobs["lab-prometheus-files"], "/incoming/alerts.yml")).toBe(alertRules("lab", true));
  });

  test("is told of Alertmanagers, networks and another port", () => {
    const other = record({
      monitoring: {
        prometheus: {
          ...{ port: 9999, retentionDays: 3, retentionMb: 300, memoryMb: 700 },
          alertmanagers: ["alertmanager:9093"],
          extraNetworks: ["dashboards"],
        },
      },
      registry: { metrics: { enabled: false, port: 5055, path: "/figures" } },
    });
    expect(configurationOf(other)).toMatchObject({
      alerting: { alertmanagers: [{ static_configs: [{ targets: ["alertmanager:9093"] }] }] },
      storage: { tsdb: { retention: { time: "3d", size: "300MB" } } },
      scrape_configs: [{ metrics_path: "/figures", static_configs: [{ targets: ["lab-registry:5055"] }] }],
    });
    expect(other.services["lab-prometheus"]).toMatchObject({
      ports: [{ published: { port: 9999 } }],
      memoryMb: 700,
    });
    expect(other.services["lab-prometheus"]?.networks?.at(-1)).toEqual({ id: "dashboards" });
  });

  test("knows nothing of a storage that is elsewhere", () => {
    const other = record({
      monitoring: { prometheus: {} },
      storage: RegistryStorage.s3({ region: "r1", bucket: "abc" }),
    });
    expect(other.services["lab-prometheus"]?.networks).toHaveLength(1);
    expect(contentOf(other.jobs["lab-prometheus-files"], "/incoming/alerts.yml")).not.toContain("RustFs");
  });

  test("does not replace what the operator says of RustFS's metrics", () => {
    const other = record({
      monitoring: { prometheus: {} },
      storage: RegistryStorage.rustfs({ environment: { RUSTFS_OBS_ENDPOINT: "http://collector:4318" } }),
    });
    expect(other.services["lab-rustfs"]?.environment?.RUSTFS_OBS_ENDPOINT).toBe("http://collector:4318");
  });

  test("is replaced neither for a rule nor for a setting of its file", () => {
    const stack = synthesize((scope) => new PrivateRegistry(scope, "lab", { monitoring: { prometheus: {} } }));
    const container = Object.values(stack.resource.docker_container ?? {}).find(
      ({ name }) => name === "lab-prometheus",
    );
    expect(container?.lifecycle).not.toHaveProperty("replace_triggered_by");
    expect(container?.upload).toBeUndefined();
  });

  test.each([
    ["port", { port: 0 }],
    ["retentionDays", { retentionDays: 0 }],
    ["retentionMb", { retentionMb: 255 }],
    ["memoryMb", { memoryMb: 255 }],
    ["alertmanagers[0]", { alertmanagers: ["http://alertmanager:9093"] }],
    ["extraNetworks[0]", { extraNetworks: ["-"] }],
  ])("refuses a wrong %s", (option, prometheus) => {
    expect(refusedOptions(() => record({ monitoring: { prometheus } }))).toEqual([`monitoring.prometheus.${option}`]);
  });
});

describe("alerting rules", () => {
  const rulesOf = (text: string) =>
    (parse(text) as { groups: { name: string; rules: { alert: string; expr: string; annotations: Rule }[] }[] }).groups;
  interface Rule {
    readonly summary: string;
    readonly runbook: string;
  }

  test("are about one environment, each with a command of ours", () => {
    const rules = rulesOf(alertRules("prod-1", true)).flatMap((group) => group.rules);
    expect(rules.length).toBeGreaterThan(15);
    for (const { annotations } of rules)
      expect(annotations.runbook).toMatch(/npx private-registry [a-z]+( measure)? prod-1/);
    expect(alertRules("prod-1", true)).not.toContain("ENVIRONMENT");
  });

  test("leave RustFS out where nobody gets its metrics", () => {
    expect(rulesOf(alertRules("prod", false)).map(({ name }) => name)).toEqual(["registry", "measured"]);
    expect(alertRules("prod", false)).not.toContain("rustfs_");
  });
});
