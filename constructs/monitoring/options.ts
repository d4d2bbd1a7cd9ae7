/** What an operator may choose about watching the registry. */
export interface MonitoringOptions {
  /** Prometheus beside the registry. @default - none */
  readonly prometheus?: PrometheusOptions;
  /** Alertmanager beside it, which sends its alerts to people. @default - none */
  readonly alertmanager?: AlertmanagerOptions;
  /** Perses beside it, which draws its figures. @default - none */
  readonly perses?: PersesOptions;
}

/** What may run to watch a registry: its option, its image, and the noun of its container are called the same. */
export const WATCHERS = [
  "prometheus",
  "alertmanager",
  "perses",
] as const satisfies readonly (keyof MonitoringOptions)[];

/** Those that are asked for. */
export function watchersOf(monitoring: MonitoringOptions = {}) {
  return WATCHERS.filter((noun) => monitoring[noun] !== undefined);
}

export interface PrometheusOptions {
  /** Port of 127.0.0.1 of the Docker host for its page and API; it has no login, and is published nowhere else. @default 9090 */
  readonly port?: number;
  /** Days that figures are kept. @default 30 */
  readonly retentionDays?: number;
  /** MiB that figures may take; the oldest go first. @default 1024 */
  readonly retentionMb?: number;
  /** Memory limit in MiB. @default 512 */
  readonly memoryMb?: number;
  /** Alertmanagers that exist, as `HOST:PORT`; Prometheus reaches them as plain HTTP. @default - alerts are shown on its page only */
  readonly alertmanagers?: string[];
  /** Existing networks to join besides, by name or id: those of a Grafana, or of an Alertmanager. @default - none */
  readonly extraNetworks?: string[];
}

/** Who is told of an alert: at least one webhook, or mail. */
export interface AlertmanagerOptions {
  /** Port of 127.0.0.1 of the Docker host for its page and API; it has no login, and is published nowhere else. @default 9093 */
  readonly port?: number;
  /** Memory limit in MiB. @default 128 */
  readonly memoryMb?: number;
  /** Hours after which an alert that goes on is sent again. @default 4 */
  readonly repeatHours?: number;
  /** Where alerts are posted to, as Alertmanager's JSON. @default - none */
  readonly webhooks?: AlertWebhook[];
  /** @default - no mail */
  readonly email?: AlertEmail;
}

/** One of `url` and `urlFromVariable`. */
export interface AlertWebhook {
  readonly url?: string;
  /** A URL that is a secret: the name of the sensitive Terraform variable that has it. */
  readonly urlFromVariable?: string;
  /** Sensitive Terraform variable with a token, sent as `Authorization: Bearer`. @default - none */
  readonly tokenFromVariable?: string;
}

export interface AlertEmail {
  readonly to: string[];
  readonly from: string;
  /** Mail server, as `HOST:PORT`. */
  readonly server: string;
  /** Log in to the server, with the password in `alertmanager_smtp_password`. @default - no login */
  readonly username?: string;
  /** Refuse a server without TLS: at once on port 465, by STARTTLS on others. @default true */
  readonly tls?: boolean;
}

/** A dashboard that nobody can change. */
export interface PersesOptions {
  /** Port of 127.0.0.1 of the Docker host for its page; it has no login, and is published nowhere else. @default 8081 */
  readonly port?: number;
  /** Memory limit in MiB. @default 256 */
  readonly memoryMb?: number;
}
