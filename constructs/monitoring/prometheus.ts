import type { TerraformResource } from "cdktf";
import { Construct } from "constructs";
import type { ContainerNetwork, PartProps } from "../platform/platform";
import { check } from "../rules/checks";
import { LOOPBACK, PROMETHEUS, RESTARTS } from "../values/defaults";
import { throwIfInvalid } from "../values/errors";
import { LISTENING } from "../values/listening";
import { NAME } from "../values/names";
import { objectName } from "../values/object-names";
import { alertRules, prometheusConfiguration, type ScrapeTarget } from "./configuration";
import type { PrometheusOptions } from "./options";
import { prometheusProblems } from "./problems";

/** The container is called `<name>-prometheus`, as are its volumes, the second with `-files` at its end. */
export interface PrometheusProps extends PrometheusOptions, PartProps {
  readonly image: string;
  /** Any image with a shell and its usual tools; the registry's own has them. It writes the configuration. */
  readonly jobImage: string;
  /** Where the registry's metrics are, without its environment. */
  readonly target: Omit<ScrapeTarget, "environment">;
  /** Whether RustFS sends its metrics here. */
  readonly hasRustFs: boolean;
  readonly networks: readonly ContainerNetwork[];
}

/** Name of Prometheus on the registry's networks. */
const ALIAS = "prometheus";

/** Where others on those networks find it. */
export const PROMETHEUS_URL = `http://${ALIAS}:${LISTENING.prometheus}`;
/** Where RustFS, and `measure`, send metrics by OTLP over HTTP. */
export const OTLP_ENDPOINT = `${PROMETHEUS_URL}/api/v1/otlp`;

const FILES = "/etc/private-registry";

// The rules first: Prometheus reads both again when one of them changes.
const SCRIPT = `set -eu
for file in alerts.yml prometheus.yml; do
  cp "/incoming/$file" "/files/.$file.new"
  chmod 0444 "/files/.$file.new"
  mv -f "/files/.$file.new" "/files/$file"
done
`;

/**
 * Prometheus with the alerting rules. Its files are on a volume that a job writes: a changed rule is read within seconds, and
 * restarts nothing.
 */
export class Prometheus extends Construct {
  /** The container. */
  public readonly container: TerraformResource;
  /** Its page, on the Docker host. */
  public readonly url: string;

  constructor(scope: Construct, id: string, props: PrometheusProps) {
    super(scope, id);
    throwIfInvalid(this, [check("name", props.name, NAME), ...prometheusProblems(props)]);
    const { platform, name, labels, dependsOn, port = PROMETHEUS.port } = props;
    const target = { environment: name, ...props.target };
    const component = "prometheus-files";
    const files = platform.liveFiles(this, "files", {
      name: objectName(name, component),
      directory: FILES,
      files: {
        "alerts.yml": alertRules(name, props.hasRustFs),
        "prometheus.yml": prometheusConfiguration(target, props),
      },
      writer: {
        name: objectName(name, component),
        component,
        image: props.jobImage,
        script: SCRIPT,
        directory: "/files",
      },
      ...{ labels, dependsOn },
    });
    const data = platform.volume(this, "data", {
      name: objectName(name, "prometheus"),
      protect: false,
      service: objectName(name, "prometheus"),
    });
    this.url = `http://${LOOPBACK}:${port}`;
    this.container = platform.service(this, "Resource", {
      name: objectName(name, "prometheus"),
      component: "prometheus",
      image: props.image,
      command: [
        `--config.file=${FILES}/prometheus.yml`,
        "--config.auto-reload",
        "--config.auto-reload-interval=5s",
        "--storage.tsdb.path=/prometheus",
        "--web.enable-otlp-receiver",
        `--web.listen-address=:${LISTENING.prometheus}`,
      ],
      mounts: [files.mount, { path: "/prometheus", volume: data.name }],
      networks: [
        ...props.networks.map((network) => ({ ...network, aliases: [ALIAS] })),
        ...(props.extraNetworks ?? []).map((network) => ({ id: network })),
      ],
      ports: [{ port: LISTENING.prometheus, published: { address: LOOPBACK, port } }],
      // In every variant of the image, unlike wget.
      health: { command: ["promtool", "check", "ready", `--url=http://127.0.0.1:${LISTENING.prometheus}`] },
      waitUntilHealthy: true,
      restart: RESTARTS,
      stopTimeoutSeconds: PROMETHEUS.stopTimeoutSeconds,
      memoryMb: props.memoryMb ?? PROMETHEUS.memoryMb,
      labels,
      dependsOn: [...(dependsOn ?? []), files.written],
    });
  }
}
