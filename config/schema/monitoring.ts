import { z } from "zod";
import { ALERT_URL } from "../../constructs/monitoring/problems";
import { HOST_PORT, PORT } from "../../constructs/values/addresses";
import { ALERTMANAGER, PERSES, PROMETHEUS } from "../../constructs/values/defaults";
import {
  ALERTMANAGER_MEMORY_MB,
  PERSES_MEMORY_MB,
  PROMETHEUS_MEMORY_MB,
  REPEAT_HOURS,
  RETENTION_DAYS,
  RETENTION_MB,
} from "../../constructs/values/limits";
import { MAIL_ADDRESS, USER, VARIABLE } from "../../constructs/values/names";
import { dockerName, flag, form, list, number, port, range } from "./values";

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

const webhook = z.strictObject({
  url: form(ALERT_URL).optional().describe("URL that alerts are posted to. No default; or urlFromVariable."),
  urlFromVariable: form(VARIABLE)
    .optional()
    .describe(
      "For a URL that is a secret itself: the name of the sensitive Terraform variable that has it, e.g. alert_url, exported as TF_VAR_alert_url. Default: url.",
    ),
  tokenFromVariable: form(VARIABLE)
    .optional()
    .describe("Sensitive Terraform variable with a token, sent as Authorization: Bearer. Default: none."),
});

const email = z.strictObject({
  to: list(form(MAIL_ADDRESS), "addresses", 1, 20).describe("Who gets mail. No default."),
  from: form(MAIL_ADDRESS).describe("The sender's address. No default."),
  server: form(HOST_PORT).describe("Mail server as HOST:PORT. No default."),
  username: form(USER)
    .optional()
    .describe("Log in as this user with the password in TF_VAR_alertmanager_smtp_password. Default: no login."),
  tls: flag()
    .default(true)
    .describe("Refuse a server without TLS: at once on port 465, by STARTTLS on others. Default true."),
});

const alertmanager = z.strictObject({
  port: port()
    .default(ALERTMANAGER.port)
    .describe(
      `Port of 127.0.0.1 of the Docker host for its page and API, ${range(PORT)}. Default ${ALERTMANAGER.port}. Alertmanager has no login, so that it is published nowhere else.`,
    ),
  memoryMb: number(ALERTMANAGER_MEMORY_MB)
    .default(ALERTMANAGER.memoryMb)
    .describe(`Memory limit in MiB, ${range(ALERTMANAGER_MEMORY_MB)}. Default ${ALERTMANAGER.memoryMb}.`),
  repeatHours: number(REPEAT_HOURS)
    .default(ALERTMANAGER.repeatHours)
    .describe(
      `Hours after which an alert that goes on is sent again, ${range(REPEAT_HOURS)}. Default ${ALERTMANAGER.repeatHours}.`,
    ),
  webhooks: list(webhook, "webhooks", 1, 16)
    .optional()
    .describe("Where alerts are posted to, as Alertmanager's JSON. Default: none; email must be there then."),
  email: email.optional().describe("Mail about alerts. Default: none; webhooks must be there then."),
});

const perses = z.strictObject({
  port: port()
    .default(PERSES.port)
    .describe(
      `Port of 127.0.0.1 of the Docker host for its page, ${range(PORT)}. Default ${PERSES.port}. It has no login, so that it is published nowhere else.`,
    ),
  memoryMb: number(PERSES_MEMORY_MB)
    .default(PERSES.memoryMb)
    .describe(`Memory limit in MiB, ${range(PERSES_MEMORY_MB)}. Default ${PERSES.memoryMb}.`),
});

/** How the registry is watched. */
export const monitoringSchema = z.strictObject({
  prometheus: prometheus
    .optional()
    .describe(
      "Prometheus beside the registry, with alerting rules: write `prometheus: {}` for one with all defaults. Default: none. For one that exists, registry.metrics and the command monitoring.",
    ),
  alertmanager: alertmanager
    .optional()
    .describe(
      "Alertmanager beside it, which sends its alerts to people. Default: none. For one that exists, monitoring.prometheus.alertmanagers.",
    ),
  perses: perses
    .optional()
    .describe(
      "Perses beside it, with the registry's dashboard: write `perses: {}`. Default: none. For a Grafana or a Perses that exists, the command monitoring dashboard.",
    ),
});
