import type { TerraformResource } from "cdktf";
import { Construct } from "constructs";
import type { ContainerNetwork, PartProps } from "../platform/platform";
import { check } from "../rules/checks";
import { type BoundTls, clientAddress } from "../tls/tls";
import { LISTED, MINIMUM_TLS, RESTARTS, UI } from "../values/defaults";
import { throwIfInvalid } from "../values/errors";
import { LISTENING } from "../values/listening";
import { NAME } from "../values/names";
import { objectName } from "../values/object-names";
import { HEALTH_PORT, NGINX_FILE, nginxConfiguration, PAGE, PAGE_PORT } from "./nginx";
import type { UiOptions } from "./options";
import { pageHtml } from "./page";
import { uiProblems } from "./problems";

/** The container is called `<name>-ui`. */
export interface RegistryUiProps extends UiOptions, PartProps {
  readonly image: string;
  /** The name that clients use. */
  readonly host: string;
  /** The registry as clients write it before an image's name. */
  readonly address: string;
  readonly tls: BoundTls;
  readonly isBehindProxy: boolean;
  /** Whether rights are by tokens, of the container `<name>-token`. */
  readonly hasTokens: boolean;
  /** Most repositories in one answer of the registry. @default 1000 */
  readonly catalogLimit?: number;
  /** Where the registry is found. */
  readonly networks: readonly ContainerNetwork[];
}

/** The user `nginx` of the image. A container of root without capabilities could not become it. */
const NGINX_USER = "101:101";

/**
 * joxit/docker-registry-ui: files for the browser, and nginx before them. The browser asks the registry itself, on the page's
 * origin and with the user's own password, so the container needs none.
 */
export class RegistryUi extends Construct {
  /** The container. */
  public readonly container: TerraformResource;
  /** The page, for browsers. @default - behind a proxy: only that knows */
  public readonly url?: string;

  constructor(scope: Construct, id: string, props: RegistryUiProps) {
    super(scope, id);
    throwIfInvalid(this, [check("name", props.name, NAME), ...uiProblems(props)]);
    const { platform, name, labels, dependsOn, host, address, tls, isBehindProxy } = props;
    const { publish = UI.publish, delete: mayDelete = false, title = address, memoryMb = UI.memoryMb } = props;
    const ownTls = tls.configuration.http?.tls;
    const { certificate, key } = ownTls ?? {};
    const scheme = certificate ? "https" : "http";
    const nginx = nginxConfiguration({
      ...{ host, isBehindProxy, delete: mayDelete },
      registry: `${scheme}://${objectName(name, "registry")}:${LISTENING.registry}`,
      tokens: props.hasTokens ? `${scheme}://${objectName(name, "token")}:${LISTENING.token}` : undefined,
      tls: certificate && key ? { certificate, key, minimum: ownTls?.minimumtls ?? MINIMUM_TLS } : undefined,
    });
    const page = pageHtml({ title, address, delete: mayDelete, catalogLimit: props.catalogLimit ?? LISTED });
    this.url = isBehindProxy ? undefined : `${tls.scheme}://${clientAddress(tls.scheme, { host, publish })}`;
    this.container = platform.service(this, "Resource", {
      name: objectName(name, "ui"),
      component: "ui",
      image: props.image,
      user: NGINX_USER,
      // The image's own rewrites files of the image, for which it would have to be root.
      entrypoint: ["nginx", "-c", NGINX_FILE, "-g", "daemon off;"],
      command: [],
      files: [
        { path: NGINX_FILE, content: nginx },
        { path: `${PAGE}/index.html`, content: page },
        ...(tls.files ?? [])
          .filter(({ path }) => path === certificate || path === key)
          .map(({ path, source }) => ({ path, source })),
      ],
      networks: [...props.networks, ...(tls.network === undefined ? [] : [{ id: tls.network }])],
      ports: [{ port: PAGE_PORT, published: tls.network === undefined ? publish : undefined }],
      health: { command: ["wget", "-Y", "off", "-q", "-O", "/dev/null", `http://127.0.0.1:${HEALTH_PORT}/`] },
      waitUntilHealthy: true,
      restart: RESTARTS,
      stopTimeoutSeconds: UI.stopTimeoutSeconds,
      memoryMb,
      labels,
      dependsOn,
    });
  }
}
