import { describe, expect, test } from "vitest";
import { parseEnvironment } from "../../../config";
import { figuresOf } from "../../../operations/monitoring/figures";
import { otlp } from "../../../operations/monitoring/push";
import type { Metric } from "../../../operations/schedule/metrics";
import type { Essentials } from "../../../operations/status/status";

function environmentOf(text: string) {
  const { environment, diagnostics } = parseEnvironment(text, "environments/lab.yaml");
  if (!environment) throw new Error(JSON.stringify(diagnostics));
  return environment;
}

const bare: Essentials = {
  environment: "lab",
  url: "http://localhost:5000",
  dockerHost: "unix:///var/run/docker.sock",
  containers: [],
  storage: { location: "volume lab-rustfs-data" },
  late: [],
};

/** What is known, in a form that is quick to read. */
const shown = (metrics: readonly Metric[]) =>
  Object.fromEntries(
    metrics
      .filter(({ value, name }) => value !== undefined && name !== "measured_timestamp_seconds")
      .map(({ name, labels, value }) => [[name, ...Object.values(labels ?? {})].join(" "), value]),
  );

describe("what is measured", () => {
  test("is what status finds", () => {
    const environment = environmentOf(
      'registry: { host: localhost, garbageCollection: { schedule: "Sun 04:00" } }\nbackup: { target: /srv/b, schedule: "03:30" }',
    );
    const found: Essentials = {
      ...bare,
      containers: [
        { name: "lab-registry", state: "running", health: "healthy", restarts: 0, memoryBytes: 5, memoryLimitBytes: 9 },
        { name: "lab-rustfs", state: "running", health: "unhealthy", restarts: 2 },
        { name: "lab-prometheus", state: "missing", restarts: 0 },
      ],
      storage: { location: "", disk: { bytes: 100, freeBytes: 40 } },
      certificate: { status: "warning", message: "", notAfter: "2026-01-01T00:00:00.000Z", daysLeft: 4 },
      backup: { version: 1, snapshot: "s", taken: "2026-01-02T00:00:00.000Z", target: "/srv/b" },
      lastCollection: { at: "2026-01-03T00:00:00.000Z", isDone: false, host: "h" },
      late: ["gc"],
    };
    expect(shown(figuresOf(environment, found, 7))).toEqual({
      "container_healthy lab-registry": 1,
      "container_restarts lab-registry": 0,
      "container_memory_bytes lab-registry": 5,
      "container_memory_limit_bytes lab-registry": 9,
      "container_healthy lab-rustfs": 0,
      "container_restarts lab-rustfs": 2,
      "container_healthy lab-prometheus": 0,
      "container_restarts lab-prometheus": 0,
      disk_bytes: 100,
      disk_free_bytes: 40,
      certificate_end_timestamp_seconds: 1767225600,
      certificate_valid: 1,
      backup_snapshot_timestamp_seconds: 1767312000,
      gc_last_run_timestamp_seconds: 1767398400,
      gc_last_run_success: 0,
      "late backup": 0,
      "late gc": 1,
      failed_logins: 7,
    });
  });

  test("says nothing of what is not there or not known", () => {
    expect(shown(figuresOf(environmentOf("registry: { host: localhost }"), bare))).toEqual({});
    const refused = { ...bare, certificate: { status: "failed", message: "no handshake" } as const };
    expect(shown(figuresOf(environmentOf("registry: { host: localhost }"), refused))).toEqual({ certificate_valid: 0 });
  });
});

test("figures go to Prometheus under the names that files for node_exporter have", () => {
  const metrics: Metric[] = [
    { name: "disk_bytes", help: "Size.", value: 7 },
    { name: "container_healthy", help: "h", labels: { container: "lab-registry" }, value: 0 },
    { name: "disk_free_bytes", help: "Free.", value: undefined },
  ];
  const sent = otlp("lab", metrics, 1_700_000_000_123) as {
    resourceMetrics: { scopeMetrics: { metrics: object[] }[] }[];
  };
  expect(sent.resourceMetrics[0]?.scopeMetrics[0]?.metrics).toEqual([
    {
      name: "private_registry_disk_bytes",
      description: "Size.",
      gauge: {
        dataPoints: [
          {
            timeUnixNano: "1700000000123000000",
            asDouble: 7,
            attributes: [{ key: "environment", value: { stringValue: "lab" } }],
          },
        ],
      },
    },
    {
      name: "private_registry_container_healthy",
      description: "h",
      gauge: {
        dataPoints: [
          {
            timeUnixNano: "1700000000123000000",
            asDouble: 0,
            attributes: [
              { key: "environment", value: { stringValue: "lab" } },
              { key: "container", value: { stringValue: "lab-registry" } },
            ],
          },
        ],
      },
    },
  ]);
});
