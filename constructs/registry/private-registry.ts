import type { ITerraformDependable } from "cdktf";
import { Construct, type IConstruct } from "constructs";
import type { AccessOptions } from "../access/options";
import { accessProblems } from "../access/problems";
import { TokenServer } from "../access/token-server";
import { imagesProblems, RegistryImages, type RegistryImagesProps } from "../images";
import { scrapedAt } from "../monitoring/configuration";
import { type MonitoringOptions, watchersOf } from "../monitoring/options";
import { monitoringProblems } from "../monitoring/problems";
import { OTLP_ENDPOINT } from "../monitoring/prometheus";
import { type Watchers, watch } from "../monitoring/watch";
import { Deployment } from "../platform/deployment";
import { DockerHost } from "../platform/docker-host";
import type { PartProps, Platform } from "../platform/platform";
import { check, checkKeys } from "../rules/checks";
import { redirectRules } from "../rules/registry";
import { brokenRules } from "../rules/rule";
import { type UiChoices, uiRules } from "../rules/ui";
import { RegistryStorage } from "../storage/registry-storage";
import type { BoundStorage, StorageContext } from "../storage/storage";
import type { UiOptions } from "../ui/options";
import { uiProblems } from "../ui/problems";
import { RegistryUi } from "../ui/registry-ui";
import { type Problem, throwIfInvalid, within } from "../values/errors";
import { LABEL_NAME, NAME } from "../values/names";
import { objectName } from "../values/object-names";
import { type CredentialSourceProps, StackCredentials } from "./credentials";
import { distributionProblems, registryChoices } from "./distribution-problems";
import { DistributionRegistry } from "./distribution-registry";
import { HtpasswdFile } from "./htpasswd-file";
import { networksProblems, RegistryNetworks, type RegistryNetworksOptions } from "./networks";
import type { DistributionOptions } from "./options";
import { withoutProxyFor } from "./proxy-variables";

export interface PrivateRegistryProps extends CredentialSourceProps {
  /** Every Docker object is called `<name>-<noun>`. @default - the construct's id */
  readonly name?: string;
  /** The registry: where it is reached, TLS, configuration. @default - localhost:5000 on loopback, no TLS */
  readonly registry?: DistributionOptions;
  /** Where the images are stored. @default - RustFS beside the registry, on a protected volume */
  readonly storage?: RegistryStorage;
  /** Who may do what. @default - whoever logs in may do everything */
  readonly access?: AccessOptions;
  /** @default - two networks, addresses chosen by Docker */
  readonly networks?: RegistryNetworksOptions;
  /** @default - pinned by tag and digest */
  readonly images?: RegistryImagesProps;
  /** How the registry is watched. @default - not at all */
  readonly monitoring?: MonitoringOptions;
  /** A page to browse the images, with the registry's own login. @default - none */
  readonly ui?: UiOptions;
  /** Labels of every container and network. @default - none */
  readonly labels?: Record<string, string>;
  /** How containers run. @default - on one Docker Engine, by the stack's Docker provider */
  readonly platform?: Platform;
  /** @default - nothing */
  readonly dependsOn?: ITerraformDependable[];
}

/**
 * A private container image registry: CNCF Distribution on RustFS, wired and safe by default.
 *
 * It needs the Docker provider in the stack, version 4.5 or a later 4.x, and Terraform 1.4 or OpenTofu.
 *
 * @example
 * new DockerProvider(this, "docker");
 * new PrivateRegistry(this, "registry", {});
 */
export class PrivateRegistry extends Construct {
  public readonly networks: RegistryNetworks;
  /** How the registry reaches its images, and where the storage has a console. */
  public readonly storage: BoundStorage;
  public readonly htpasswdFile: HtpasswdFile;
  /** @default - no `access`: passwords alone decide */
  public readonly tokenServer?: TokenServer;
  public readonly distribution: DistributionRegistry;
  /** Prometheus and Alertmanager, when `monitoring` says so. */
  public readonly monitoring: Watchers;
  /** The page to browse, when `ui` says so. */
  public readonly ui?: RegistryUi;
  /** Name of the bucket that holds the images. */
  public readonly bucket: string;
  /** What a user types first. */
  public readonly loginCommand: string;
  /** Names of the containers that stay up. */
  public readonly containerNames: string[];
  /** Where the data lies, for people: `volume NAME`, `directories A, B`, or a bucket and who holds it. */
  public readonly dataLocation: string;

  constructor(scope: Construct, id: string, props: PrivateRegistryProps = {}) {
    super(scope, id);
    const { name = id, registry = {}, storage = RegistryStorage.rustfs(), platform = new DockerHost() } = props;
    throwIfInvalid(this, privateRegistryProblems(this, id, props));
    platform.prepare(this, { ...props, name });
    const { labels, dependsOn, monitoring = {} } = props;
    const part: PartProps = {
      name,
      labels,
      dependsOn,
      platform: new Deployment(this, "deployment", name).on(platform),
    };
    const images = new RegistryImages(props.images);
    const image = platform.image(this, "distribution-image", images.distribution);
    const credentials = new StackCredentials(this, props);

    this.bucket = storage.bucket;
    this.networks = new RegistryNetworks(this, "networks", { ...part, ...props.networks });
    const { networks } = this;
    const otlpEndpoint = monitoring.prometheus && OTLP_ENDPOINT;
    const context: StorageContext = {
      ...{ part, networks, images, credentials, otlpEndpoint },
      isReadOnly: isReadOnly(registry),
    };
    this.storage = storage.bind(this, context);
    const content = credentials.value("registry_htpasswd");
    this.htpasswdFile = new HtpasswdFile(this, "htpasswd-file", { ...part, image, content, access: props.access });
    if (props.access) this.tokenServer = this.addTokenServer(props.access, registry, part, images, credentials);
    const environment = withoutProxyFor(registry.environment ?? {}, [
      "registry",
      ...subnets(props.networks),
      ...storage.reachedDirectly,
    ]);
    this.distribution = new DistributionRegistry(this, "distribution", {
      ...registry,
      ...part,
      ...this.storage.access,
      labels: { ...part.labels, ...registry.labels },
      ...{ image, credentials, environment, htpasswd: this.htpasswdFile, storage: storage.configuration() },
      isScraped: monitoring.prometheus !== undefined,
      tokenServer: this.tokenServer,
      networks: [{ id: networks.edge.id, aliases: ["registry"] }, ...this.storage.networks],
      dependsOn: [...(part.dependsOn ?? []), ...this.storage.dependsOn],
    });
    const { configuration } = this.distribution;
    const reached = this.distribution.networks.map((network) => ({ id: network.id }));
    storage.prove(this, context, this.storage, { image, environment, configuration, networks: reached });

    const hasRustFs = this.storage.alertGroup === "rustfs";
    this.monitoring = watch(this, monitoring, {
      ...{ part, images, credentials, jobImage: image, target: scrapedAt(name, configuration) },
      networks: { edge: networks.edge.id, storage: hasRustFs ? networks.storage.id : undefined },
    });
    if (props.ui) this.ui = this.addUi(props.ui, registry, part, images);
    this.loginCommand = `docker login ${this.distribution.address}`;
    const server = storage.server(name, images);
    this.containerNames = [
      objectName(name, "registry"),
      ...(this.tokenServer ? [objectName(name, "token")] : []),
      ...(server ? [server.container] : []),
      ...watchersOf(monitoring).map((noun) => objectName(name, noun)),
      ...(props.ui ? [objectName(name, "ui")] : []),
    ];
    this.dataLocation = storage.location(name, platform);
  }

  private addTokenServer(
    access: AccessOptions,
    registry: DistributionOptions,
    part: PartProps,
    images: RegistryImages,
    credentials: StackCredentials,
  ): TokenServer {
    const { host, publish, tls, restart } = registryChoices(registry);
    return new TokenServer(this, "token-server", {
      ...part,
      ...{ access, host, publish, restart, tls: tls.bind(this, { host, publish }) },
      isBehindProxy: tls.endedBy === "proxy",
      image: part.platform.image(this, "token-server-image", images.tokenServer),
      key: credentials.value("registry_token_key"),
      ldapPassword: access.ldap?.bindDn ? credentials.value("registry_ldap_password") : undefined,
      mount: this.htpasswdFile.mount,
      network: { id: this.networks.edge.id },
      dependsOn: [...(part.dependsOn ?? []), this.htpasswdFile.written],
    });
  }

  private addUi(options: UiOptions, registry: DistributionOptions, part: PartProps, images: RegistryImages) {
    const { tls, host, address } = this.distribution;
    return new RegistryUi(this, "ui", {
      ...options,
      ...part,
      labels: { ...part.labels, ...options.labels },
      ...{ tls, host, address, isBehindProxy: registry.tls?.endedBy === "proxy" },
      hasTokens: this.tokenServer !== undefined,
      image: part.platform.image(this, "ui-image", images.ui),
      catalogLimit: this.distribution.configuration.catalog?.maxentries,
      networks: [{ id: this.networks.edge.id }],
    });
  }
}

function isReadOnly({ readOnly, configuration }: DistributionOptions): boolean {
  return configuration?.storage?.maintenance?.readonly?.enabled ?? readOnly ?? false;
}

function subnets({ edge, storage }: RegistryNetworksOptions = {}): string[] {
  return [edge?.subnet, storage?.subnet].filter((subnet) => subnet !== undefined);
}

/** What is wrong with the options of a registry called `id`, all of it at once. */
export function privateRegistryProblems(
  scope: IConstruct,
  id: string,
  props: PrivateRegistryProps,
): (Problem | undefined)[] {
  const { registry = {}, storage = RegistryStorage.rustfs(), platform = new DockerHost(), access } = props;
  const rights = access ? accessProblems(access, registryChoices(registry)) : [];
  const tokens = access && !rights.some(Boolean) ? { name: props.name ?? id, access } : undefined;
  const sources = { storage: storage.configuration(), htpasswd: true, tokens };
  return [
    check(props.name === undefined ? "id" : "name", props.name ?? id, NAME),
    ...checkKeys("labels", props.labels, LABEL_NAME),
    ...within("images", imagesProblems(props.images)),
    ...within("monitoring", monitoringProblems(props.monitoring)),
    ...within("access", rights),
    ...within("networks", networksProblems(props.networks ?? {})),
    ...within("storage", storage.problems(scope)),
    ...within("registry", distributionProblems(scope, registry, sources)),
    ...(props.ui ? within("ui", pageProblems(props.ui, props)) : []),
    ...within("registry", brokenRules(redirectRules, { ...registry, storage: storage.reach })),
    ...platform.problems(props),
  ];
}

function pageProblems(ui: UiOptions, { registry = {} }: PrivateRegistryProps): (Problem | undefined)[] {
  const single = uiProblems(ui);
  const tls: UiChoices["registry"]["tls"] = { mode: registry.tls?.mode ?? "none", ...registry.tls?.options };
  return [...single, ...brokenRules(uiRules, { ...ui, registry: { ...registry, tls } }, single)];
}
