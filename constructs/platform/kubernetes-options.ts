import { check, checkEach, checkKeys, notEmpty } from "../rules/checks";
import { SUBNET } from "../values/addresses";
import { EXPOSED_BY, TAINT_EFFECT } from "../values/choices";
import type { Problem } from "../values/errors";
import { CLAIM_GB, NODE_PORT, REGISTRY_REPLICAS, STORAGE_NODES } from "../values/limits";
import { ANNOTATION_NAME, LABEL_VALUE, NAMESPACE, OBJECT_NAME } from "../values/names";

/** How a cluster runs a registry. */
export interface KubernetesOptions {
  /** Where everything is made. It exists already, and holds one registry: Services are called `registry` and `rustfs` in it. */
  readonly namespace: string;
  /** Registries that run at once. With more than one, the cache is none or Redis, and another Deployment purges uploads. @default 2 */
  readonly replicas?: number;
  /** Where RustFS keeps the images. @default - 4 nodes, each with a claim of 100 GiB of the cluster's default class */
  readonly storage?: KubernetesStorage;
  /** How clients outside of the cluster get in. @default - by a load balancer, where `publish.address` is not loopback */
  readonly expose?: KubernetesExposure;
  /** Labels of the nodes that pods may run on. @default - any node */
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /** Taints of nodes that pods may run on all the same. @default - none */
  readonly tolerations?: readonly Toleration[];
  /** Secrets of the namespace with the login for a mirror of the images. @default - none */
  readonly imagePullSecrets?: readonly string[];
}

/** A taint that keeps pods of others away from nodes. */
export interface Toleration {
  readonly key: string;
  /** @default - any value */
  readonly value?: string;
  /** @default - whatever it does to other pods */
  readonly effect?: (typeof TAINT_EFFECT.words)[number];
}

/** As Kubernetes has it, which needs to be told that any value is meant. */
export const tolerationOf = (toleration: Toleration) => ({
  ...toleration,
  operator: toleration.value === undefined ? "Exists" : "Equal",
});

export interface KubernetesStorage {
  /**
   * RustFS servers: 1, or 4–16 that keep each object on several of them. It cannot be changed once there are images: 4 read and
   * write with one lost, and only read with two lost.
   * @default 4
   */
  readonly nodes?: number;
  /** Class of the claims. @default - the cluster's default */
  readonly storageClass?: string;
  /** Size of each claim in GiB. It can grow where the class allows it, and never shrink. @default 100 */
  readonly sizeGb?: number;
}

export interface KubernetesExposure {
  /** An Ingress needs the TLS mode behind-proxy, and ends TLS. @default "load-balancer" */
  readonly by?: (typeof EXPOSED_BY.words)[number];
  /** Of the Service, or of the Ingress. @default - for an Ingress those by which ingress-nginx takes layers of any size */
  readonly annotations?: Readonly<Record<string, string>>;
  /** IPv4 ranges that a load balancer lets in. @default - all */
  readonly sourceRanges?: readonly string[];
  /** Port on every node, 30000–32767, for `node-port`. @default - the registry's port, which must then be one */
  readonly nodePort?: number;
  /** Class of the Ingress. @default - the cluster's default */
  readonly className?: string;
  /** Secret of the namespace with the Ingress's certificate, which cert-manager or somebody else writes. @default - the controller's own certificate */
  readonly tlsSecretName?: string;
}

/** What is used when an option is not given. */
export const KUBERNETES = { replicas: 2, storageNodes: 4, claimGb: 100, exposedBy: "load-balancer" } as const;

/** What is wrong with single options. */
export function kubernetesProblems(options: KubernetesOptions): (Problem | undefined)[] {
  const { storage = {}, expose = {} } = options;
  return [
    check("namespace", options.namespace, NAMESPACE),
    check("replicas", options.replicas, REGISTRY_REPLICAS),
    check("storage.nodes", storage.nodes, STORAGE_NODES),
    check("storage.storageClass", storage.storageClass, OBJECT_NAME),
    check("storage.sizeGb", storage.sizeGb, CLAIM_GB),
    check("expose.by", expose.by, EXPOSED_BY),
    ...checkKeys("expose.annotations", expose.annotations, ANNOTATION_NAME),
    notEmpty("expose.sourceRanges", expose.sourceRanges),
    ...checkEach("expose.sourceRanges", expose.sourceRanges, SUBNET),
    check("expose.nodePort", expose.nodePort, NODE_PORT),
    check("expose.className", expose.className, OBJECT_NAME),
    check("expose.tlsSecretName", expose.tlsSecretName, OBJECT_NAME),
    ...checkKeys("nodeSelector", options.nodeSelector, ANNOTATION_NAME),
    ...Object.entries(options.nodeSelector ?? {}).map(([key, value]) =>
      check(`nodeSelector.${key}`, value, LABEL_VALUE),
    ),
    notEmpty("tolerations", options.tolerations),
    ...(options.tolerations ?? []).flatMap(({ key, value, effect }, n) => [
      check(`tolerations[${n}].key`, key, ANNOTATION_NAME),
      check(`tolerations[${n}].value`, value, LABEL_VALUE),
      check(`tolerations[${n}].effect`, effect, TAINT_EFFECT),
    ]),
    notEmpty("imagePullSecrets", options.imagePullSecrets),
    ...checkEach("imagePullSecrets", options.imagePullSecrets, OBJECT_NAME),
  ];
}
