import type { CredentialSource } from "../registry/credentials";
import { ALERTMANAGER } from "../values/defaults";
import { yaml } from "./configuration";
import type { AlertEmail, AlertmanagerOptions, AlertWebhook } from "./options";

/** Where the container has its files. */
export const ALERTMANAGER_FILES = "/etc/private-registry";

/** A file beside `alertmanager.yml` that holds one secret. */
interface SecretFile {
  readonly path: string;
  readonly content: string;
}

/** `alertmanager.yml`, and the files with the secrets: it has only their paths. */
export function alertmanagerConfiguration(options: AlertmanagerOptions, credentials: CredentialSource) {
  const secrets: SecretFile[] = [];
  const secret = (name: string, content: string) => {
    const path = `${ALERTMANAGER_FILES}/${name}`;
    secrets.push({ path, content });
    return path;
  };
  const { webhooks = [], email, repeatHours = ALERTMANAGER.repeatHours } = options;
  const text = yaml({
    route: {
      receiver: "people",
      group_by: ["alertname"],
      group_wait: "10s",
      group_interval: "5m",
      repeat_interval: `${repeatHours}h`,
    },
    // What merely follows from another alert is not sent.
    inhibit_rules: [
      inhibit("DiskNearlyFull", "DiskFilling"),
      inhibit("RegistryDown|RustFsDown", "RegistryErrors|RegistrySlow|RegistryStorageSlow"),
      inhibit("CertificateRefused", "CertificateEnds"),
    ],
    receivers: [
      {
        name: "people",
        webhook_configs: webhooks.map((webhook, n) => webhookConfiguration(webhook, n, credentials, secret)),
        email_configs: email ? [mailConfiguration(email, credentials, secret)] : [],
      },
    ],
  });
  return { text, secrets };
}

function inhibit(source: string, target: string) {
  const named = (names: string) => [`alertname=~"${names}"`];
  return { source_matchers: named(source), target_matchers: named(target), equal: ["environment"] };
}

type KeepSecret = (name: string, content: string) => string;

function webhookConfiguration(
  { url, urlFromVariable, tokenFromVariable }: AlertWebhook,
  n: number,
  credentials: CredentialSource,
  secret: KeepSecret,
) {
  const variable = (name: string, what: string) => credentials.variable(name, `${what} that gets the alerts`);
  return {
    ...(url !== undefined && { url }),
    ...(urlFromVariable !== undefined && {
      url_file: secret(`webhook-${n}-url`, variable(urlFromVariable, "URL of the webhook")),
    }),
    ...(tokenFromVariable !== undefined && {
      http_config: {
        authorization: {
          credentials_file: secret(`webhook-${n}-token`, variable(tokenFromVariable, "Token for the webhook")),
        },
      },
    }),
    send_resolved: true,
  };
}

function mailConfiguration(
  { to, from, server, username, tls = true }: AlertEmail,
  credentials: CredentialSource,
  secret: KeepSecret,
) {
  return {
    ...{ to: to.join(", "), from, smarthost: server, require_tls: tls },
    ...(username !== undefined && {
      auth_username: username,
      auth_password_file: secret("smtp-password", credentials.value("alertmanager_smtp_password")),
    }),
    send_resolved: true,
  };
}
