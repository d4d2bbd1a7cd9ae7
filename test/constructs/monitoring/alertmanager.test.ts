import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type AlertmanagerOptions, PrivateRegistry } from "../../../constructs";
import { REPEAT_HOURS } from "../../../constructs/values/limits";
import { contentOf, RecordingPlatform } from "../../support/recording-platform";
import { refusedOptions } from "../../support/refused-options";
import { synthesize } from "../../support/synth";

const URL = "https://chat.example.com/alerts";

function record(alertmanager: AlertmanagerOptions, prometheus: object | undefined = {}): RecordingPlatform {
  const platform = new RecordingPlatform();
  synthesize((scope) => new PrivateRegistry(scope, "lab", { monitoring: { prometheus, alertmanager }, platform }));
  return platform;
}

const configurationOf = (platform: RecordingPlatform) =>
  parse(contentOf(platform.services["lab-alertmanager"], "/etc/private-registry/alertmanager.yml"));

describe("Alertmanager beside the registry", () => {
  const platform = record({ webhooks: [{ url: URL }] });
  const alertmanager = platform.services["lab-alertmanager"];

  test("is published on loopback only, and has one container and one volume", () => {
    expect(alertmanager?.ports).toEqual([{ port: 9093, published: { address: "127.0.0.1", port: 9093 } }]);
    expect(alertmanager?.memoryMb).toBe(128);
    expect(alertmanager?.mounts).toEqual([{ path: "/alertmanager", volume: "lab-alertmanager" }]);
    expect(platform.volumes["lab-alertmanager"]?.protect).toBe(false);
  });

  test("is where Prometheus sends its alerts, beside those that exist", () => {
    const told = (recorded: RecordingPlatform) =>
      parse(contentOf(recorded.jobs["lab-prometheus-files"], "/incoming/prometheus.yml")).alerting.alertmanagers;
    expect(told(platform)).toEqual([{ static_configs: [{ targets: ["alertmanager:9093"] }] }]);
    const both = record({ webhooks: [{ url: URL }] }, { alertmanagers: ["theirs:9093"] });
    expect(told(both)).toEqual([{ static_configs: [{ targets: ["theirs:9093", "alertmanager:9093"] }] }]);
    const [edge] = platform.services["lab-prometheus"]?.networks ?? [];
    expect(alertmanager?.networks).toEqual([{ id: edge?.id, aliases: ["alertmanager"] }]);
  });

  test("remembers what it sent for longer than it may be silent about it", () => {
    const [, hours] = /--data\.retention=(\d+)h/.exec(alertmanager?.command?.join(" ") ?? "") ?? [];
    expect(Number(hours)).toBeGreaterThan(REPEAT_HOURS.max);
  });

  test("posts to a webhook, and says when it is over", () => {
    const { receivers, route } = configurationOf(platform);
    expect(route).toMatchObject({ receiver: "people", repeat_interval: "4h" });
    expect(receivers).toEqual([
      { name: "people", webhook_configs: [{ url: URL, send_resolved: true }], email_configs: [] },
    ]);
  });

  test("does not send an alert that merely follows from another one", () => {
    expect(configurationOf(platform).inhibit_rules[0]).toEqual({
      source_matchers: ['alertname=~"DiskNearlyFull"'],
      target_matchers: ['alertname=~"DiskFilling"'],
      equal: ["environment"],
    });
  });
});

test("secrets are files of the container, and stand neither in its configuration nor in its variables", () => {
  const { services } = record({
    webhooks: [{ url: URL }, { urlFromVariable: "alert_url", tokenFromVariable: "alert_token" }],
    email: {
      ...{ to: ["a@example.com", "b@example.com"], from: "registry@example.com" },
      ...{ server: "mail.example.com:587", username: "registry" },
    },
  });
  const service = services["lab-alertmanager"];
  const [configuration, ...secrets] = service?.files ?? [];
  expect(secrets.map(({ path }) => path)).toEqual([
    "/etc/private-registry/webhook-1-url",
    "/etc/private-registry/webhook-1-token",
    "/etc/private-registry/smtp-password",
  ]);
  for (const { content } of secrets) {
    expect(content).toMatch(/TfToken/);
    expect(JSON.stringify({ ...service, files: [configuration] })).not.toContain(content);
  }
  expect(parse(configuration?.content ?? "").receivers[0]).toEqual({
    name: "people",
    webhook_configs: [
      { url: URL, send_resolved: true },
      {
        url_file: "/etc/private-registry/webhook-1-url",
        http_config: { authorization: { credentials_file: "/etc/private-registry/webhook-1-token" } },
        send_resolved: true,
      },
    ],
    email_configs: [
      {
        ...{ to: "a@example.com, b@example.com", from: "registry@example.com" },
        ...{ smarthost: "mail.example.com:587", require_tls: true, auth_username: "registry" },
        ...{ auth_password_file: "/etc/private-registry/smtp-password", send_resolved: true },
      },
    ],
  });
});

test("mail without a login asks for no password", () => {
  const stack = synthesize(
    (scope) =>
      new PrivateRegistry(scope, "lab", {
        monitoring: {
          prometheus: {},
          alertmanager: { email: { to: ["a@example.com"], from: "b@example.com", server: "mail:25", tls: false } },
        },
      }),
  );
  expect(Object.keys(stack.variable ?? {})).not.toContain("alertmanager_smtp_password");
});

const mail = { to: ["a@example.com"], from: "b@example.com", server: "mail:25" };

test.each<[string, AlertmanagerOptions]>([
  ["port", { webhooks: [{ url: URL }], port: 0 }],
  ["memoryMb", { webhooks: [{ url: URL }], memoryMb: 63 }],
  ["repeatHours", { webhooks: [{ url: URL }], repeatHours: 0 }],
  ["webhooks[0].url", { webhooks: [{ url: "chat" }] }],
  ["webhooks[0].urlFromVariable", { webhooks: [{ urlFromVariable: "A-B" }] }],
  ["webhooks[0].tokenFromVariable", { webhooks: [{ url: URL, tokenFromVariable: "A-B" }] }],
  ["email.to[0]", { email: { ...mail, to: ["nobody"] } }],
  ["email.from", { email: { ...mail, from: "nobody" } }],
  ["email.server", { email: { ...mail, server: "mail" } }],
  ["email.username", { email: { ...mail, username: "" } }],
])("refuses a wrong %s", (option, options) => {
  expect(refusedOptions(() => record(options))).toEqual([`monitoring.alertmanager.${option}`]);
});
