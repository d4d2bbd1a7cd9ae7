import type { TerraformResource } from "cdktf";
import { Construct } from "constructs";
import type { ContainerNetwork, PartProps } from "../platform/platform";
import { check } from "../rules/checks";
import { LOOPBACK, PERSES, RESTARTS } from "../values/defaults";
import { throwIfInvalid } from "../values/errors";
import { LISTENING } from "../values/listening";
import { NAME } from "../values/names";
import { objectName } from "../values/object-names";
import { yaml } from "./configuration";
import { persesDashboard } from "./dashboards";
import type { PersesOptions } from "./options";
import { panelRows } from "./panels";
import { persesProblems } from "./problems";
import { PROMETHEUS_URL } from "./prometheus";

/** The container and its volume are called `<name>-perses`. */
export interface PersesProps extends PersesOptions, PartProps {
  readonly image: string;
  /** Whether RustFS sends its metrics to Prometheus. */
  readonly hasRustFs: boolean;
  /** Where it finds Prometheus. */
  readonly networks: readonly ContainerNetwork[];
}

const FILES = "/etc/private-registry";
const PROVISIONED = `${FILES}/provisioned`;
const PROJECT = "private-registry";

/**
 * Perses with the registry's dashboard, which nobody can change: it is in a file. Whoever reaches its port can have it send requests
 * to what it reaches itself: its proxy also serves data sources that a request describes, and has no switch.
 */
export class Perses extends Construct {
  /** The container. */
  public readonly container: TerraformResource;
  /** The dashboard, on the Docker host. */
  public readonly url: string;

  constructor(scope: Construct, id: string, props: PersesProps) {
    super(scope, id);
    throwIfInvalid(this, [check("name", props.name, NAME), ...persesProblems(props)]);
    const { platform, name, labels, dependsOn, hasRustFs, port = PERSES.port } = props;
    const data = platform.volume(this, "data", {
      name: objectName(name, "perses"),
      protect: false,
      service: objectName(name, "perses"),
    });
    const provisioned = (file: string, content: object) => ({
      path: `${PROVISIONED}/${file}`,
      content: JSON.stringify(content),
    });
    this.url = `http://${LOOPBACK}:${port}/projects/${PROJECT}/dashboards/${name}`;
    this.container = platform.service(this, "Resource", {
      name: objectName(name, "perses"),
      component: "perses",
      image: props.image,
      command: [`--config=${FILES}/perses.yaml`, "--log.level=warning", `--web.listen-address=:${LISTENING.perses}`],
      files: [
        { path: `${FILES}/perses.yaml`, content: CONFIGURATION },
        // Read in the order of their names: what a project has needs the project.
        provisioned("1-project.json", {
          kind: "Project",
          metadata: { name: PROJECT },
          spec: { display: { name: "Private registry" } },
        }),
        provisioned("2-datasource.json", DATA_SOURCE),
        provisioned("3-dashboard.json", persesDashboard(name, PROJECT, panelRows(name, hasRustFs))),
      ],
      mounts: [{ path: "/perses", volume: data.name }],
      networks: props.networks,
      ports: [{ port: LISTENING.perses, published: { address: LOOPBACK, port } }],
      // The image has no shell.
      health: {
        command: ["percli", "login", `http://127.0.0.1:${LISTENING.perses}`, "--percliconfig=/tmp/percli.json"],
      },
      waitUntilHealthy: true,
      restart: RESTARTS,
      stopTimeoutSeconds: PERSES.stopTimeoutSeconds,
      memoryMb: props.memoryMb ?? PERSES.memoryMb,
      labels,
      dependsOn,
    });
  }
}

const CONFIGURATION = yaml({
  security: { readonly: true },
  database: { file: { folder: "/perses", extension: "json" } },
  provisioning: { folders: [PROVISIONED], interval: "1h" },
});

/** Perses asks Prometheus for the browser. A pattern matches anywhere in a path unless it has both ends. */
const DATA_SOURCE = {
  kind: "Datasource",
  metadata: { name: "prometheus", project: PROJECT },
  spec: {
    default: true,
    plugin: {
      kind: "PrometheusDatasource",
      spec: {
        proxy: {
          kind: "HTTPProxy",
          spec: {
            url: PROMETHEUS_URL,
            allowedEndpoints: ["GET", "POST"].map((method) => ({
              endpointPattern: "^/api/v1/(query|query_range|labels|label/[^/]+/values|series|metadata)$",
              method,
            })),
          },
        },
      },
    },
  },
};
