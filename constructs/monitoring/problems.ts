import { check, checkEach, notEmpty } from "../rules/checks";
import { monitoringRules } from "../rules/monitoring";
import { brokenRules } from "../rules/rule";
import { HOST_PORT, PORT, url } from "../values/addresses";
import { type Problem, within } from "../values/errors";
import {
  ALERTMANAGER_MEMORY_MB,
  PERSES_MEMORY_MB,
  PROMETHEUS_MEMORY_MB,
  REPEAT_HOURS,
  RETENTION_DAYS,
  RETENTION_MB,
} from "../values/limits";
import { dockerName, MAIL_ADDRESS, USER, VARIABLE } from "../values/names";
import type {
  AlertEmail,
  AlertmanagerOptions,
  AlertWebhook,
  MonitoringOptions,
  PersesOptions,
  PrometheusOptions,
} from "./options";

/** What is wrong with how the registry is watched. */
export function monitoringProblems(options: MonitoringOptions = {}): (Problem | undefined)[] {
  const { prometheus, alertmanager, perses } = options;
  const single = [
    ...(prometheus ? within("prometheus", prometheusProblems(prometheus)) : []),
    ...(alertmanager ? within("alertmanager", alertmanagerProblems(alertmanager)) : []),
    ...(perses ? within("perses", persesProblems(perses)) : []),
  ];
  return [...single, ...brokenRules(monitoringRules, options, single)];
}

export function persesProblems({ port, memoryMb }: PersesOptions): (Problem | undefined)[] {
  return [check("port", port, PORT), check("memoryMb", memoryMb, PERSES_MEMORY_MB)];
}

export function alertmanagerProblems(options: AlertmanagerOptions): (Problem | undefined)[] {
  const { port, memoryMb, repeatHours, webhooks, email } = options;
  return [
    check("port", port, PORT),
    check("memoryMb", memoryMb, ALERTMANAGER_MEMORY_MB),
    check("repeatHours", repeatHours, REPEAT_HOURS),
    notEmpty("webhooks", webhooks),
    ...(webhooks ?? []).flatMap((webhook, n) => within(`webhooks[${n}]`, webhookProblems(webhook))),
    ...(email ? within("email", mailProblems(email)) : []),
  ];
}

/** A webhook's URL, when it is no secret. */
export const ALERT_URL = url("write e.g. https://chat.example.com/alerts");

function webhookProblems(webhook: AlertWebhook): (Problem | undefined)[] {
  return [
    check("url", webhook.url, ALERT_URL),
    check("urlFromVariable", webhook.urlFromVariable, VARIABLE),
    check("tokenFromVariable", webhook.tokenFromVariable, VARIABLE),
  ];
}

function mailProblems({ to, from, server, username }: AlertEmail): (Problem | undefined)[] {
  return [
    notEmpty("to", to),
    ...checkEach("to", to, MAIL_ADDRESS),
    check("from", from, MAIL_ADDRESS),
    check("server", server, HOST_PORT),
    check("username", username, USER),
  ];
}

export function prometheusProblems(options: PrometheusOptions): (Problem | undefined)[] {
  return [
    check("port", options.port, PORT),
    check("retentionDays", options.retentionDays, RETENTION_DAYS),
    check("retentionMb", options.retentionMb, RETENTION_MB),
    check("memoryMb", options.memoryMb, PROMETHEUS_MEMORY_MB),
    notEmpty("alertmanagers", options.alertmanagers),
    notEmpty("extraNetworks", options.extraNetworks),
    ...checkEach("alertmanagers", options.alertmanagers, HOST_PORT),
    ...checkEach("extraNetworks", options.extraNetworks, dockerName("network")),
  ];
}
