import { z } from "zod";
import { KUBERNETES } from "../../constructs/platform/kubernetes-options";
import { SUBNET } from "../../constructs/values/addresses";
import { EXPOSED_BY, TAINT_EFFECT } from "../../constructs/values/choices";
import { CLAIM_GB, NODE_PORT, REGISTRY_REPLICAS, STORAGE_NODES } from "../../constructs/values/limits";
import { ANNOTATION_NAME, CONTEXT, LABEL_VALUE, NAMESPACE, OBJECT_NAME } from "../../constructs/values/names";
import { form, list, number, path, range, textMap, word } from "./values";

/** Labels as a cluster takes them. */
const nodeLabels = z.record(form(ANNOTATION_NAME), form(LABEL_VALUE));

const storageSchema = z.strictObject({
  nodes: number(STORAGE_NODES)
    .default(KUBERNETES.storageNodes)
    .describe(
      `RustFS servers: 1, or 4–${STORAGE_NODES.max} that keep each object on several of them. Default ${KUBERNETES.storageNodes}: with one lost the registry goes on, with two lost it only reads. It cannot be changed once there are images: move them with the commands that \`docs/guides/kubernetes.md\` gives. RustFS calls several servers "under testing".`,
    ),
  storageClass: form(OBJECT_NAME).optional().describe("StorageClass of the claims. Default: the cluster's default."),
  sizeGb: number(CLAIM_GB)
    .default(KUBERNETES.claimGb)
    .describe(
      `Size of each claim in GiB. Default ${KUBERNETES.claimGb}. It can grow where the class allows it, and never shrink. With 4 nodes half of the sum holds images.`,
    ),
});

const exposeSchema = z.strictObject({
  by: word(EXPOSED_BY)
    .default(KUBERNETES.exposedBy)
    .describe(
      `How clients outside of the cluster get in: load-balancer, node-port or ingress. Default ${KUBERNETES.exposedBy}, where registry.publish.address is not loopback. ingress needs registry.tls.mode behind-proxy.`,
    ),
  annotations: textMap(form(ANNOTATION_NAME))
    .default({})
    .describe(
      "Annotations of the Service, or of the Ingress, e.g. cert-manager.io/cluster-issuer. Default: for an Ingress those by which ingress-nginx takes layers of any size; each can be written with another value.",
    ),
  sourceRanges: list(form(SUBNET), "IPv4 ranges")
    .optional()
    .describe("IPv4 ranges that the load balancer lets in. Default: every address."),
  nodePort: number(NODE_PORT)
    .optional()
    .describe(
      `Port on every node, ${range(NODE_PORT)}, that leads to the registry. Default: registry.publish.port, which must then be one of these.`,
    ),
  className: form(OBJECT_NAME).optional().describe("IngressClass. Default: the cluster's default."),
  tlsSecretName: form(OBJECT_NAME)
    .optional()
    .describe(
      "Secret of the namespace with the Ingress's certificate, as cert-manager writes it. Default: the Ingress controller's own certificate, which clients may not trust.",
    ),
});

const tolerationSchema = z.strictObject({
  key: form(ANNOTATION_NAME).describe(
    "Key of the taint, as in `kubectl taint node NODE KEY=VALUE:EFFECT`. Required: every taint has one.",
  ),
  value: form(LABEL_VALUE).optional().describe("Value of the taint. Default: any value."),
  effect: word(TAINT_EFFECT).optional().describe("Effect of the taint. Default: any effect."),
});

/** The cluster that runs the pods. */
export const kubernetesSchema = z.strictObject({
  context: form(CONTEXT).describe(
    "Context of the kubeconfig, which says the cluster and who one is there. Required: the current context is another one tomorrow.",
  ),
  kubeconfig: path("write e.g. ~/.kube/config")
    .optional()
    .describe(
      "The kubeconfig on this machine. Default: what KUBE_CONFIG_PATH or KUBECONFIG names, else ~/.kube/config.",
    ),
  namespace: form(NAMESPACE)
    .optional()
    .describe(
      "Namespace that everything is made in. It must exist, and holds one registry. Default: the environment's name. Changing it makes everything anew, the claims included.",
    ),
  replicas: number(REGISTRY_REPLICAS)
    .default(KUBERNETES.replicas)
    .describe(
      `Registries that run at once. Default ${KUBERNETES.replicas}: a node may be lost, and an image changed, without a failed pull. With more than one, registry.cache is none or redis, and Let's Encrypt cannot be used.`,
    ),
  storage: storageSchema.prefault({}).describe("Where RustFS keeps the images. Not used with storage.s3."),
  expose: exposeSchema.prefault({}).describe("How clients outside of the cluster get in."),
  nodeSelector: nodeLabels.default({}).describe("Labels of the nodes that pods may run on. Default: any node."),
  tolerations: list(tolerationSchema, "taints")
    .optional()
    .describe("Taints of nodes that pods may run on all the same. Default: none."),
  imagePullSecrets: list(form(OBJECT_NAME), "names of Secrets")
    .optional()
    .describe("Secrets of the namespace with the login for a mirror of the images. Default: none."),
});
