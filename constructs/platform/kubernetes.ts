import type { PersistentVolumeClaimV1 } from "@cdktf/provider-kubernetes/lib/persistent-volume-claim-v1";
import type { SecretV1 } from "@cdktf/provider-kubernetes/lib/secret-v1";
import type { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1";
import { type ITerraformDependable, type TerraformProvider, TerraformResource } from "cdktf";
import type { Construct, IConstruct } from "constructs";
import type { PrivateRegistryProps } from "../registry/private-registry";
import { kubernetesRules } from "../rules/kubernetes";
import { brokenRules } from "../rules/rule";
import { type Problem, throwIfInvalid } from "../values/errors";
import type { ImageReference } from "../values/image-reference";
import { literal } from "../values/literal";
import { KUBERNETES_PROVIDER } from "../values/required-providers";
import { admits, admitsAny } from "../values/version-constraint";
import { bindings } from "./kubernetes-bindings";
import { Claims, claimNames } from "./kubernetes-claim";
import { exposeService } from "./kubernetes-exposure";
import { podFiles } from "./kubernetes-files";
import { networkOf, podNetwork, serviceAccess } from "./kubernetes-network";
import { type Described, INSTANCE_LABEL, labelsOf, type Place, part, selectorOf } from "./kubernetes-objects";
import { KUBERNETES, type KubernetesOptions, kubernetesProblems } from "./kubernetes-options";
import { podTemplate } from "./kubernetes-pod";
import { clusterProblems } from "./kubernetes-problems";
import type {
  ContainerMount,
  ContainerSpec,
  LiveFiles,
  LiveFilesSpec,
  NetworkSpec,
  Peers,
  Platform,
  PlatformObject,
  ServiceSpec,
  VolumeSpec,
} from "./platform";
import { lifecycle } from "./replace-with";
import { type ProviderRule, requireVersions } from "./stack-requirements";

export interface KubernetesPlatformProps extends KubernetesOptions {
  /** @default - the stack's Kubernetes provider */
  readonly provider?: TerraformProvider;
  /** Version constraint for hashicorp/kubernetes. @default - the stack's own, else "~> 3.2" */
  readonly providerVersion?: string;
}

/**
 * Runs containers in one namespace of a Kubernetes cluster: what stays up as Deployments, what has volumes as StatefulSets, what ends as
 * Jobs. All pods fulfil the `restricted` Pod Security Standard, and have no ServiceAccount token.
 *
 * @example
 * new KubernetesProvider(this, "kubernetes", { configPath: "~/.kube/config", configContext: "production" });
 * new PrivateRegistry(this, "registry", { platform: new KubernetesPlatform({ namespace: "registry" }) });
 */
export class KubernetesPlatform implements Platform {
  public readonly copies: { readonly registry: number; readonly storage: number };
  public readonly overlaps = true;
  private readonly options: KubernetesPlatformProps;
  private readonly claims = new Map<string, Claims>();
  private readonly claimsOf = new Map<TerraformResource, readonly Claims[]>();
  private readonly liveSecrets = new Map<string, SecretV1>();
  private root?: Construct;
  private account?: ServiceAccountV1;
  private ingressHost?: string;
  private hasProxy = false;

  /** @throws InvalidOptionsError for bad options */
  constructor(options: KubernetesPlatformProps) {
    const single = kubernetesProblems(options);
    throwIfInvalid("KubernetesPlatform", [...single, ...brokenRules(kubernetesRules, options, single)]);
    this.options = options;
    const { replicas = KUBERNETES.replicas, storage: { nodes = KUBERNETES.storageNodes } = {} } = options;
    this.copies = { registry: replicas, storage: nodes };
  }

  public problems(options: PrivateRegistryProps): readonly Problem[] {
    return clusterProblems(options, this.options);
  }

  /** @throws InvalidOptionsError when `providerVersion` contradicts another registry's of the stack, or the stack's own */
  public prepare(scope: Construct, { registry = {} }: PrivateRegistryProps): void {
    requireVersions(scope, PROVIDER, this.options.providerVersion);
    this.root = scope;
    this.hasProxy = registry.tls?.endedBy === "proxy";
    if (this.options.expose?.by === "ingress") this.ingressHost = registry.host;
  }

  /** The cluster's nodes pull images themselves. */
  public image(_scope: Construct, _id: string, reference: ImageReference): string {
    return reference.toString();
  }

  public network(scope: Construct, id: string, spec: NetworkSpec): TerraformResource & { readonly id: string } {
    return podNetwork(scope, id, spec, this.context);
  }

  public volume(scope: Construct, id: string, spec: VolumeSpec): TerraformResource & { readonly name: string } {
    const claims = new Claims(scope, id, spec, { ...this.context, storage: this.options.storage ?? {} });
    this.claims.set(claims.name, claims);
    return Object.assign(claims.resources[0] as PersistentVolumeClaimV1, { name: claims.name });
  }

  public placeOf(volume: VolumeSpec): string {
    const [first = "", ...others] = claimNames({ ...volume, copies: this.copies.storage });
    const last = others.at(-1);
    return `${last ? `claims ${first} to ${last}` : `claim ${first}`} of namespace ${this.options.namespace}`;
  }

  public peers(service: string): Peers {
    return {
      hosts: `${service}-{0...${this.copies.storage - 1}}.${service}`,
      each: Array.from({ length: this.copies.storage }, (_, n) => `${service}-${n}.${service}`),
      own: `$(POD_NAME).${service}`,
    };
  }

  /** A Secret as files: the kubelet writes them anew within a minute or so when it changes, all of them at once. */
  public liveFiles(scope: Construct, id: string, spec: LiveFilesSpec): LiveFiles {
    const { name, directory, files, dependsOn } = spec;
    const data = Object.fromEntries(Object.entries(files).map(([file, content]) => [file, literal(content)]));
    const { namespace, provider } = this.context;
    const written = new bindings.SecretV1(scope, id, {
      metadata: { name, namespace, labels: labelsOf(spec) },
      ...{ data, type: "Opaque", provider, dependsOn },
    });
    this.liveSecrets.set(name, written);
    return { mount: { path: directory, volume: name, readOnly: true }, written };
  }

  public service(scope: Construct, id: string, spec: ServiceSpec): TerraformResource {
    const { namespace, provider } = this.context;
    const { copies = 1 } = spec;
    const { files, volumes, mounts, claims, made } = this.parts(scope, id, spec);
    const account = this.serviceAccount(scope, spec);
    const { options } = this;
    const dependsOn = [...(spec.dependsOn ?? []), account, ...made, ...claims.flatMap(({ resources }) => resources)];
    const metadata = { name: spec.name, namespace, labels: labelsOf(spec) };
    const template = podTemplate(spec, {
      ...{ files, volumes, mounts, copies },
      ...this.placement,
      ...{ serviceAccount: accountName(spec), mustSpread: claims.length > 0 },
    });
    if (copies > 1) {
      new bindings.PodDisruptionBudgetV1(scope, `${part(id)}budget`, {
        metadata,
        spec: { maxUnavailable: "1", selector: { matchLabels: selectorOf(spec) } },
        provider,
      });
    }
    serviceAccess(scope, `${part(id)}access`, spec, { ...this.context, hasProxy: this.hasProxy });
    const services = exposeService(scope, id, spec, {
      ...this.context,
      ...{ expose: options.expose ?? {}, ingressHost: this.ingressHost },
    });
    if (claims.length === 0) {
      return new bindings.DeploymentV1(scope, id, {
        metadata,
        spec: {
          replicas: String(copies),
          selector: { matchLabels: selectorOf(spec) },
          // The new pod answers before an old one goes.
          strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "1", maxUnavailable: "0" } },
          revisionHistoryLimit: 3,
          template,
        },
        waitForRollout: true,
        ...{ provider, dependsOn: [...dependsOn, ...services] },
      });
    }
    const headless = new bindings.ServiceV1(scope, `${part(id)}peers`, {
      metadata,
      spec: {
        clusterIp: "None",
        selector: selectorOf(spec),
        // Servers that wait for one another are not ready, and must find one another all the same.
        publishNotReadyAddresses: true,
        port: spec.ports?.slice(0, 1).map(({ port }) => ({ name: `port-${port}`, port, targetPort: String(port) })),
      },
      waitForLoadBalancer: false,
      provider,
    });
    const set = new bindings.StatefulSetV1(scope, id, {
      metadata,
      spec: {
        replicas: String(copies),
        serviceName: spec.name,
        selector: { matchLabels: selectorOf(spec) },
        // All at once: the first is not ready before it has found enough others. An update still goes one by one.
        podManagementPolicy: "Parallel",
        updateStrategy: [{ type: "RollingUpdate", rollingUpdate: [{ partition: 0 }] }],
        persistentVolumeClaimRetentionPolicy: [{ whenDeleted: "Retain", whenScaled: "Retain" }],
        revisionHistoryLimit: 3,
        template,
        volumeClaimTemplate: claims.map((one) => one.template),
      },
      // A provider up to 3.2.1 that waits for an update fails when it has gone well (hashicorp/terraform-provider-kubernetes#2926).
      // `up` waits by itself; the bucket job waits for the server.
      waitForRollout: false,
      // The claims grow by themselves; a StatefulSet with another template would have to be made anew.
      lifecycle: { ignoreChanges: ["spec[0].volume_claim_template"] },
      ...{ provider, dependsOn: [...dependsOn, ...services, headless] },
    });
    this.claimsOf.set(set, claims);
    return set;
  }

  public job(scope: Construct, id: string, spec: ContainerSpec): TerraformResource {
    const { namespace, provider } = this.context;
    const { files, volumes, mounts, made } = this.parts(scope, id, spec);
    const account = this.serviceAccount(scope, spec);
    const { replaceWith = [], dependsOn = [] } = spec;
    // A StatefulSet is updated in place, and keeps its claims even when it is made anew.
    const sets = replaceWith.filter((one) => this.claimsOf.has(one));
    const others = replaceWith.filter((one) => !this.claimsOf.has(one));
    const claims = sets.flatMap((one) => this.claimsOf.get(one) ?? []);
    return new bindings.JobV1(scope, id, {
      metadata: { name: spec.name, namespace, labels: labelsOf(spec) },
      spec: {
        // A node that is lost is no reason to fail, nor is a server whose image takes minutes: each pod waits for one, and then says
        // what is wrong.
        backoffLimit: 4,
        template: podTemplate(spec, {
          ...{ files, volumes, mounts, copies: 1 },
          ...this.placement,
          ...{ serviceAccount: accountName(spec), claims: claims.flatMap(({ uids }) => uids) },
        }),
      },
      waitForCompletion: true,
      timeouts: { create: "10m", update: "10m" },
      provider,
      lifecycle: lifecycle({ replaceWith: others }),
      dependsOn: [...dependsOn, ...sets, account, ...made],
    });
  }

  public objects(scope: IConstruct): PlatformObject[] {
    return scope.node.findAll().flatMap((node) => describe(node) ?? []);
  }

  /** Which nodes pods may run on. */
  private get placement(): Pick<KubernetesOptions, "nodeSelector" | "tolerations"> {
    const { nodeSelector, tolerations } = this.options;
    return { nodeSelector, tolerations };
  }

  private get context(): Place {
    const { namespace, provider } = this.options;
    return { namespace, provider };
  }

  /** What a pod is equipped with. */
  private parts(scope: Construct, id: string, spec: ContainerSpec) {
    const files = podFiles(scope, id, spec, this.context);
    const all = (spec.mounts ?? []).map((mount) => this.mounted(mount));
    return {
      files,
      volumes: all.flatMap(({ volume }) => volume ?? []),
      mounts: all.map(({ mount }) => mount),
      claims: all.flatMap(({ claims }) => claims ?? []),
      made: [...files.resources, ...all.flatMap(({ secret }) => secret ?? [])] as ITerraformDependable[],
    };
  }

  private mounted({ path, volume = "", readOnly = false }: ContainerMount) {
    const secret = this.liveSecrets.get(volume);
    if (secret) {
      const name = "live-files";
      // Never by `subPath`, which the kubelet does not write anew.
      return {
        ...{ secret, claims: undefined, mount: { mountPath: path, name, readOnly: true } },
        volume: { name, secret: { secretName: volume, defaultMode: "0440" } },
      };
    }
    const claims = this.claims.get(volume);
    return {
      claims,
      volume: undefined,
      secret: undefined,
      mount: { mountPath: path, name: claims?.volume ?? volume, readOnly },
    };
  }

  /** Made when the first pod needs it, for all of them: who looks after a cluster sees whose pods these are. */
  private serviceAccount(scope: Construct, spec: Described): ServiceAccountV1 {
    const { namespace, provider } = this.context;
    this.account ??= new bindings.ServiceAccountV1(this.root ?? scope, "service-account", {
      metadata: {
        name: accountName(spec),
        namespace,
        labels: labelsOf({ name: accountName(spec), labels: spec.labels }),
      },
      automountServiceAccountToken: false,
      imagePullSecret: this.options.imagePullSecrets?.map((name) => ({ name })),
      provider,
    });
    return this.account;
  }
}

/** Named as the registry is. */
const accountName = (spec: Described) => labelsOf(spec)[INSTANCE_LABEL] as string;

const PROVIDER: ProviderRule = {
  name: "kubernetes",
  version: KUBERNETES_PROVIDER.version,
  check: (constraint) =>
    admitsAny(constraint, 3, 0) && !admits(constraint, [2, 38, 0])
      ? undefined
      : {
          option: "providerVersion",
          rule: "must take a 3.x and no 2.x: plans were read with 3.2",
          got: constraint,
          fix: `write e.g. ${KUBERNETES_PROVIDER.version}`,
        },
};

/** Kinds of objects that people are told of, by the Terraform type. */
const KINDS: Readonly<Record<string, PlatformObject["kind"]>> = {
  kubernetes_persistent_volume_claim_v1: "volume",
  kubernetes_job_v1: "job",
  kubernetes_deployment_v1: "service",
  kubernetes_stateful_set_v1: "service",
};

function describe(node: IConstruct): PlatformObject | undefined {
  if (!(node instanceof TerraformResource)) return undefined;
  const network = networkOf(node);
  if (network) return { kind: "network", ...network };
  const kind = KINDS[node.terraformResourceType];
  return kind && { kind, name: (node as PersistentVolumeClaimV1).metadataInput?.name ?? "?" };
}
