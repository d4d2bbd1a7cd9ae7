import { z } from "zod";
import { HOST_PORT, PORT } from "../../constructs/values/addresses";
import { PROMETHEUS } from "../../constructs/values/defaults";
import { PROMETHEUS_MEMORY_MB, RETENTION_DAYS, RETENTION_MB } from "../../constructs/values/limits";
import { dockerName, form, list, number, port, range } from "./values";

const prometheus = z.strictObject({
  port: port()
    .default(PROMETHEUS.port)
    .describe(
      `Port of 127.0.0.1 of the Docker host for its page and API, ${range(PORT)}. Default ${PROMETHEUS.port}. Prometheus has no login, so that it is published nowhere else.`,
    ),
  retentionDays: number(RETENTION_DAYS)
    .default(PROMETHEUS.retentionDays)
    .describe(`Days that figures are kept, ${range(RETENTION_DAYS)}. Default ${PROMETHEUS.retentionDays}.`),
  retentionMb: number(RETENTION_MB)
    .default(PROMETHEUS.retentionMb)
    .describe(
      `MiB that figures may take, ${range(RETENTION_MB)}; the oldest go first. Default ${PROMETHEUS.retentionMb}.`,
    ),
  memoryMb: number(PROMETHEUS_MEMORY_MB)
    .default(PROMETHEUS.memoryMb)
    .describe(`Memory limit in MiB, ${range(PROMETHEUS_MEMORY_MB)}. Default ${PROMETHEUS.memoryMb}.`),
  alertmanagers: list(form(HOST_PORT), "addresses", 1, 16)
    .optional()
    .describe(
      "Alertmanagers that exist, as HOST:PORT, reached as plain HTTP. Default: none; alerts are shown on Prometheus' page only.",
    ),
  extraNetworks: list(dockerName("network"), "networks", 1, 16)
    .optional()
    .describe(
      "Existing Docker networks that Prometheus joins besides, such as a Grafana's. Default: none. Whoever is on one reads every figure, and can write some.",
    ),
});

/** How the registry is watched. */
export const monitoringSchema = z.strictObject({
  prometheus: prometheus
    .optional()
    .describe(
      "Prometheus beside the registry, with alerting rules: write `prometheus: {}` for one with all defaults. Default: none. For one that exists, registry.metrics and the command monitoring.",
    ),
});
