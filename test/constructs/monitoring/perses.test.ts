import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type PersesOptions, PrivateRegistry, RegistryStorage } from "../../../constructs";
import { contentOf, RecordingPlatform } from "../../support/recording-platform";
import { refusedOptions } from "../../support/refused-options";
import { synthesize } from "../../support/synth";

function record(perses: PersesOptions, storage?: RegistryStorage): RecordingPlatform {
  const platform = new RecordingPlatform();
  const monitoring = { prometheus: {}, perses };
  synthesize((scope) => new PrivateRegistry(scope, "lab", { monitoring, platform, storage }));
  return platform;
}

const fileOf = (platform: RecordingPlatform, name: string) =>
  contentOf(platform.services["lab-perses"], `/etc/private-registry/${name}`);

describe("Perses beside the registry", () => {
  const platform = record({});
  const perses = platform.services["lab-perses"];

  test("is published on loopback only, and lets nobody change a dashboard", () => {
    expect(perses?.ports).toEqual([{ port: 8080, published: { address: "127.0.0.1", port: 8081 } }]);
    expect(perses?.memoryMb).toBe(256);
    expect(parse(fileOf(platform, "perses.yaml"))).toMatchObject({ security: { readonly: true } });
    expect(platform.volumes["lab-perses"]?.protect).toBe(false);
  });

  test("has a data source for what reads, and nothing that writes", () => {
    const { spec } = JSON.parse(fileOf(platform, "provisioned/2-datasource.json"));
    const { url, allowedEndpoints } = spec.plugin.spec.proxy.spec;
    expect(url).toBe("http://prometheus:9090");
    const isAllowed = (path: string) =>
      (allowedEndpoints as { endpointPattern: string }[]).some((one) => new RegExp(one.endpointPattern).test(path));
    expect(isAllowed("/api/v1/query_range")).toBe(true);
    expect(isAllowed("/api/v1/otlp/v1/metrics")).toBe(false);
    expect(isAllowed("/api/v1/labels/../otlp/v1/metrics")).toBe(false);
    expect(isAllowed("/api/v1/otlp/v1/metrics/api/v1/query")).toBe(false);
    const [edge] = platform.services["lab-prometheus"]?.networks ?? [];
    expect(perses?.networks).toEqual([{ id: edge?.id }]);
  });

  test("has the registry's dashboard, with RustFS only where it sends metrics", () => {
    const dashboard = JSON.parse(fileOf(platform, "provisioned/3-dashboard.json"));
    expect(dashboard.metadata).toEqual({ name: "lab", project: "private-registry" });
    const elsewhere = record({}, RegistryStorage.s3({ region: "r1", bucket: "abc" }));
    const titles = (recorded: RecordingPlatform) =>
      JSON.parse(fileOf(recorded, "provisioned/3-dashboard.json")).spec.layouts.map(
        (layout: { spec: { display: { title: string } } }) => layout.spec.display.title,
      );
    expect(titles(platform)).toEqual(["Now", "Requests", "Containers and disk", "RustFS"]);
    expect(titles(elsewhere)).toEqual(["Now", "Requests", "Containers and disk"]);
  });

  test.each<[string, PersesOptions]>([
    ["port", { port: 0 }],
    ["memoryMb", { memoryMb: 63 }],
  ])("refuses a wrong %s", (option, options) => {
    expect(refusedOptions(() => record(options))).toEqual([`monitoring.perses.${option}`]);
  });
});
