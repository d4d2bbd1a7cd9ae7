import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { DistributionConfiguration } from "../distribution/configuration";
import { METRICS, PROMETHEUS } from "../values/defaults";
import { objectName } from "../values/object-names";
import type { PrometheusOptions } from "./options";

/** Where the registry's own metrics are. */
export interface ScrapeTarget {
  /** The registry's name, as the label `environment`. */
  readonly environment: string;
  /** `HOST:PORT` */
  readonly address: string;
  readonly path: string;
}

/** Where a registry serves its metrics, on the networks that it is on. */
export function scrapedAt(name: string, { http }: DistributionConfiguration): Omit<ScrapeTarget, "environment"> {
  const port = http.debug?.addr.split(":").pop() ?? METRICS.port;
  return { address: `${objectName(name, "registry")}:${port}`, path: http.debug?.prometheus?.path ?? METRICS.path };
}

/** Half of all series, and of no use beside their sums and counts. */
const SIZE_BUCKETS = "registry_http_(request|response)_size_bytes_bucket";

/** A scrape configuration, for this Prometheus or another one. */
export function scrapeJob({ environment, address, path }: ScrapeTarget) {
  return {
    job_name: "registry",
    metrics_path: path,
    static_configs: [{ targets: [address], labels: { environment } }],
    metric_relabel_configs: [{ source_labels: ["__name__"], regex: SIZE_BUCKETS, action: "drop" }],
  };
}

/** `prometheus.yml`, with the rules beside it. */
export function prometheusConfiguration(target: ScrapeTarget, options: PrometheusOptions): string {
  const { retentionDays = PROMETHEUS.retentionDays, retentionMb = PROMETHEUS.retentionMb, alertmanagers } = options;
  return yaml({
    global: {
      scrape_interval: "30s",
      evaluation_interval: "15s",
      external_labels: { environment: target.environment },
    },
    storage: {
      tsdb: {
        // What is pushed may arrive late; without it such a value is refused.
        out_of_order_time_window: "10m",
        retention: { time: `${retentionDays}d`, size: `${retentionMb}MB` },
      },
    },
    rule_files: ["alerts.yml"],
    ...(alertmanagers?.length && { alerting: { alertmanagers: [{ static_configs: [{ targets: alertmanagers }] }] } }),
    scrape_configs: [scrapeJob(target)],
  });
}

/** YAML with every text in quotes, so that none turns into a number. */
export function yaml(value: unknown): string {
  return stringify(value, { defaultKeyType: "PLAIN", defaultStringType: "QUOTE_DOUBLE", lineWidth: 0 });
}

/** What a Prometheus cannot know of a registry whose storage is elsewhere, or that pushes nothing to it. */
const RUSTFS_GROUP = /^ {2}- name: rustfs$[\s\S]*?(?=^ {2}- name: |(?![\s\S]))/m;

/**
 * The alerting rules, about one environment.
 * @param hasRustFs whether RustFS sends its metrics to the Prometheus that gets the rules
 */
export function alertRules(environment: string, hasRustFs: boolean): string {
  const text = readFileSync(join(__dirname, "alerts.yml"), "utf8").replaceAll("ENVIRONMENT", environment);
  return hasRustFs ? text : text.replace(RUSTFS_GROUP, "");
}
