import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { AlertmanagerOptions } from "../../constructs";
import { ALERTMANAGER_FILES, alertmanagerConfiguration } from "../../constructs/monitoring/alertmanager-configuration";
import { NO_CREDENTIALS } from "../../constructs/registry/credentials";
import { run, temporaryDirectory } from "../support/process";
import { describeWithTools } from "../support/tools";

const MAIL = { to: ["a@example.com", "b@example.com"], from: "registry@example.com", server: "mail.example.com:587" };

describeWithTools("the configuration of Alertmanager", ["amtool"], ({ amtool }) => {
  const directory = temporaryDirectory();

  /** What amtool says of it, its files being in a folder of this machine. */
  async function checked(options: AlertmanagerOptions) {
    const folder = directory();
    mkdirSync(folder, { recursive: true });
    const { text, secrets } = alertmanagerConfiguration(options, NO_CREDENTIALS);
    for (const { path, content } of secrets) writeFileSync(path.replace(ALERTMANAGER_FILES, folder), content);
    const file = join(folder, "alertmanager.yml");
    writeFileSync(file, text.replaceAll(ALERTMANAGER_FILES, folder));
    return await run(amtool, ["check-config", file]);
  }

  test.each<[string, AlertmanagerOptions]>([
    ["a webhook", { webhooks: [{ url: "https://chat.example.com/a?b=c", tokenFromVariable: "token" }] }],
    ["a secret URL", { webhooks: [{ urlFromVariable: "url" }] }],
    ["mail with a login", { email: { ...MAIL, username: "registry" } }],
    ["mail without TLS", { email: { ...MAIL, tls: false }, repeatHours: 168 }],
  ])("with %s is one", async (_, options) => {
    const { code, stdout, stderr } = await checked(options);
    expect(stdout + stderr).toContain("SUCCESS");
    expect(code).toBe(0);
  });
});
