import type { MonitoringOptions } from "../monitoring/options";
import { type OptionRule, unless } from "./rule";

/** Rules about what watches a registry. */
export const monitoringRules: readonly OptionRule<MonitoringOptions>[] = [
  {
    id: "alertmanager-needs-prometheus",
    reads: ["prometheus", "alertmanager"],
    check: ({ prometheus, alertmanager }) =>
      unless(
        !alertmanager || prometheus !== undefined,
        "alertmanager",
        "needs monitoring.prometheus, which finds what is wrong",
        "none",
        "write `prometheus: {}` below monitoring; a Prometheus that exists has its own Alertmanager",
      ),
  },
  {
    id: "perses-needs-prometheus",
    reads: ["prometheus", "perses"],
    check: ({ prometheus, perses }) =>
      unless(
        !perses || prometheus !== undefined,
        "perses",
        "needs monitoring.prometheus, whose figures it draws",
        "none",
        "write `prometheus: {}` below monitoring; for a Prometheus that exists, monitoring dashboard prints the dashboard",
      ),
  },
  {
    id: "alertmanager-tells-somebody",
    reads: ["alertmanager.webhooks", "alertmanager.email"],
    check: ({ alertmanager }) =>
      unless(
        !alertmanager || alertmanager.email !== undefined || (alertmanager.webhooks ?? []).length > 0,
        "alertmanager",
        "must have webhooks or email: without, nobody is told",
        "neither",
        "write `webhooks:` or `email:` below it, or remove it",
      ),
  },
  {
    id: "alert-webhook-has-one-url",
    reads: ["alertmanager.webhooks"],
    check: ({ alertmanager }) =>
      (alertmanager?.webhooks ?? []).flatMap(({ url, urlFromVariable }, n) =>
        unless(
          (url === undefined) !== (urlFromVariable === undefined),
          `alertmanager.webhooks[${n}]`,
          "must have one of url and urlFromVariable",
          url === undefined ? "neither" : "both",
          "write url, or urlFromVariable when the URL itself is a secret",
        ),
      ),
  },
  {
    id: "alert-mail-hides-password",
    reads: ["alertmanager.email.username", "alertmanager.email.tls"],
    check: ({ alertmanager: { email } = {} }) =>
      unless(
        email?.username === undefined || email.tls !== false,
        "alertmanager.email.tls",
        "must be true with username: the password would go in the clear",
        "false",
        "remove it, or remove username",
      ),
  },
];
