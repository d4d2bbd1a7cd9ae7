import type { TerraformResource } from "cdktf";
import { Construct } from "constructs";
import type { ContainerNetwork, PartProps } from "../platform/platform";
import type { CredentialSource } from "../registry/credentials";
import { check } from "../rules/checks";
import { ALERTMANAGER, LOOPBACK, RESTARTS } from "../values/defaults";
import { throwIfInvalid } from "../values/errors";
import { REPEAT_HOURS } from "../values/limits";
import { LISTENING } from "../values/listening";
import { NAME } from "../values/names";
import { objectName } from "../values/object-names";
import { ALERTMANAGER_FILES, alertmanagerConfiguration } from "./alertmanager-configuration";
import type { AlertmanagerOptions } from "./options";
import { alertmanagerProblems } from "./problems";

/** The container and its volume are called `<name>-alertmanager`. */
export interface AlertmanagerProps extends AlertmanagerOptions, PartProps {
  readonly image: string;
  readonly credentials: CredentialSource;
  /** Where Prometheus finds it. */
  readonly networks: readonly ContainerNetwork[];
}

/** Name and port of Alertmanager on the registry's networks. */
export const ALERTMANAGER_ADDRESS = `alertmanager:${LISTENING.alertmanager}`;

/**
 * Alertmanager: sends the alerts of the Prometheus beside the registry to people. Silences, and what was sent already, are on its
 * volume; another receiver replaces the container, and nothing is sent twice.
 */
export class Alertmanager extends Construct {
  /** The container. */
  public readonly container: TerraformResource;
  /** Its page, on the Docker host. */
  public readonly url: string;

  constructor(scope: Construct, id: string, props: AlertmanagerProps) {
    super(scope, id);
    throwIfInvalid(this, [check("name", props.name, NAME), ...alertmanagerProblems(props)]);
    const { platform, name, labels, dependsOn, credentials, port = ALERTMANAGER.port } = props;
    const data = platform.volume(this, "data", {
      name: objectName(name, "alertmanager"),
      protect: false,
      service: objectName(name, "alertmanager"),
    });
    const { text, secrets } = alertmanagerConfiguration(props, credentials);
    this.url = `http://${LOOPBACK}:${port}`;
    this.container = platform.service(this, "Resource", {
      name: objectName(name, "alertmanager"),
      component: "alertmanager",
      image: props.image,
      command: [
        `--config.file=${ALERTMANAGER_FILES}/alertmanager.yml`,
        "--storage.path=/alertmanager",
        `--web.external-url=${this.url}`,
        `--web.listen-address=:${LISTENING.alertmanager}`,
        // It forgets by then what it sent, and sends it again: after the longest `repeatHours`.
        `--data.retention=${REPEAT_HOURS.max + 24}h`,
        // No cluster.
        "--cluster.listen-address=",
      ],
      files: [{ path: `${ALERTMANAGER_FILES}/alertmanager.yml`, content: text }, ...secrets],
      mounts: [{ path: "/alertmanager", volume: data.name }],
      networks: props.networks.map((network) => ({ ...network, aliases: ["alertmanager"] })),
      ports: [{ port: LISTENING.alertmanager, published: { address: LOOPBACK, port } }],
      // In every variant of the image, unlike wget.
      health: {
        command: [
          "amtool",
          "silence",
          "query",
          "--quiet",
          `--alertmanager.url=http://127.0.0.1:${LISTENING.alertmanager}`,
        ],
      },
      waitUntilHealthy: true,
      restart: RESTARTS,
      stopTimeoutSeconds: ALERTMANAGER.stopTimeoutSeconds,
      memoryMb: props.memoryMb ?? ALERTMANAGER.memoryMb,
      labels,
      dependsOn,
    });
  }
}
