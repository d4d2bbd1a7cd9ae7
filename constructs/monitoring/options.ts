/** What an operator may choose about watching the registry. */
export interface MonitoringOptions {
  /** Prometheus beside the registry. @default - none */
  readonly prometheus?: PrometheusOptions;
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
