/** What a number is, by the names that Grafana and Perses have for it. */
export const UNITS = {
  number: { grafana: "short", perses: "decimal" },
  share: { grafana: "percentunit", perses: "percent-decimal" },
  bytes: { grafana: "bytes", perses: "bytes" },
  bytesPerSecond: { grafana: "Bps", perses: "bytes/sec" },
  perSecond: { grafana: "reqps", perses: "counts/sec" },
  seconds: { grafana: "s", perses: "seconds" },
  days: { grafana: "d", perses: "days" },
} as const;

export interface Panel {
  readonly title: string;
  readonly unit: keyof typeof UNITS;
  /** One number, or lines over time. @default "lines" */
  readonly kind?: "number" | "lines";
  /** From which values on a number is yellow and red; `below`: under which. */
  readonly limits?: { readonly warn: number; readonly bad: number; readonly below?: boolean };
  readonly queries: readonly { readonly expr: string; readonly legend?: string }[];
}

export interface PanelRow {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/**
 * What the dashboard of a registry shows, whichever program draws it.
 * @param hasRustFs whether RustFS sends its metrics to the Prometheus that is asked
 */
export function panelRows(environment: string, hasRustFs: boolean): PanelRow[] {
  const of = `environment="${environment}"`;
  const measured = (name: string, window = "15m") => `last_over_time(private_registry_${name}{${of}}[${window}])`;
  const requests = (filter: string) => `registry_http_requests_total{${of}, ${filter}}`;
  const latency = (quantile: number, metric: string, label: string, filter: string) =>
    `histogram_quantile(${quantile}, sum by (${label}, le) (rate(${metric}_bucket{${of}, ${filter}}[5m])))`;
  const age = (name: string) => `(time() - ${measured(name, "1h")}) / 86400`;
  const rows: PanelRow[] = [
    {
      title: "Now",
      panels: [
        // An alert about figures that RustFS does not send any more has no environment.
        number("Alerts", "number", `count(ALERTS{alertstate="firing", environment=~"${environment}|"}) or vector(0)`, {
          ...{ warn: 1, bad: 1 },
        }),
        number("Storage filled", "share", `1 - ${measured("disk_free_bytes")} / ${measured("disk_bytes")}`, {
          ...{ warn: 0.85, bad: 0.95 },
        }),
        number("Failed logins, 5 min", "number", measured("failed_logins"), { warn: 10, bad: 50 }),
        number(
          "Certificate ends in",
          "days",
          `(${measured("certificate_end_timestamp_seconds", "1h")} - time()) / 86400`,
          {
            ...{ warn: 15, bad: 10, below: true },
          },
        ),
        number("Newest backup, age", "days", age("backup_snapshot_timestamp_seconds"), { warn: 2, bad: 7 }),
        number("Last collection, age", "days", age("gc_last_run_timestamp_seconds"), { warn: 8, bad: 30 }),
      ],
    },
    {
      title: "Requests",
      panels: [
        lines("Pulls and pushes", "perSecond", [
          [`sum(rate(${requests('handler="manifest", method="get"')}[5m]))`, "manifests pulled"],
          [`sum(rate(${requests('handler="blob", method="get"')}[5m]))`, "layers pulled"],
          [`sum(rate(${requests('handler="manifest", method="put"')}[5m]))`, "manifests pushed"],
          [`sum(rate(${requests('handler="blob_upload_chunk", method="put"')}[5m]))`, "layers pushed"],
        ]),
        lines("Answers by status", "perSecond", [
          [`sum by (code) (rate(registry_http_requests_total{${of}}[5m]))`, "{{code}}"],
        ]),
        lines("Errors of the registry (5xx)", "share", [
          [
            `(sum(rate(${requests('code=~"5.."')}[5m])) or vector(0)) / sum(rate(registry_http_requests_total{${of}}[5m]))`,
            "of all answers",
          ],
        ]),
        lines("Duration, 95 of 100", "seconds", [
          [
            latency(0.95, "registry_http_request_duration_seconds", "handler", 'handler=~"base|manifest|tags|blob"'),
            "{{handler}}",
          ],
        ]),
        lines("Storage calls, 95 of 100", "seconds", [
          [latency(0.95, "registry_storage_action_seconds", "action", 'action!=""'), "{{action}}"],
        ]),
        lines("Bytes", "bytesPerSecond", [
          [`sum(rate(registry_http_response_size_bytes_sum{${of}}[5m]))`, "out"],
          [`sum(rate(registry_http_request_size_bytes_sum{${of}}[5m]))`, "in"],
        ]),
      ],
    },
    {
      title: "Containers and disk",
      panels: [
        lines("Memory of its limit", "share", [
          [`${measured("container_memory_bytes")} / ${measured("container_memory_limit_bytes")}`, "{{container}}"],
        ]),
        lines("Healthy", "number", [[measured("container_healthy"), "{{container}}"]]),
        lines("Disk", "bytes", [
          [measured("disk_free_bytes"), "free"],
          [measured("disk_bytes"), "in all"],
        ]),
      ],
    },
  ];
  return hasRustFs ? [...rows, RUSTFS] : rows;
}

const RUSTFS: PanelRow = {
  title: "RustFS",
  panels: [
    lines("S3 calls", "perSecond", [["sum by (op) (rate(rustfs_s3_operations_total[5m]))", "{{op}}"]]),
    lines("S3 calls that failed", "perSecond", [
      ['sum by (op, outcome) (rate(rustfs_s3_http_requests_total{outcome!="2xx"}[5m]))', "{{op}} {{outcome}}"],
    ]),
    lines("Objects", "number", [["max(rustfs_cluster_usage_objects_count)", "objects"]]),
    lines("Memory", "bytes", [["max(rustfs_system_process_resident_memory_bytes)", "resident"]]),
  ],
};

function number(title: string, unit: Panel["unit"], expr: string, limits: Panel["limits"]): Panel {
  return { title, unit, kind: "number", limits, queries: [{ expr }] };
}

function lines(title: string, unit: Panel["unit"], queries: readonly (readonly [string, string])[]): Panel {
  return { title, unit, queries: queries.map(([expr, legend]) => ({ expr, legend })) };
}
