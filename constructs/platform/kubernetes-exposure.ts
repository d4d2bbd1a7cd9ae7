import type { ServiceV1SpecPort } from "@cdktf/provider-kubernetes/lib/service-v1";
import type { TerraformResource } from "cdktf";
import type { Construct } from "constructs";
import { isLoopback } from "../values/ip";
import { publishedAddresses } from "../values/publish";
import { bindings } from "./kubernetes-bindings";
import { labelsOf, type Place, part, selectorOf, serviceName } from "./kubernetes-objects";
import { KUBERNETES, type KubernetesExposure } from "./kubernetes-options";
import type { ContainerPort, ServiceSpec } from "./platform";

export interface ExposureContext extends Place {
  readonly expose: KubernetesExposure;
  /** Name that clients use, when an Ingress leads to the registry. @default - no Ingress */
  readonly ingressHost?: string;
}

/**
 * ingress-nginx takes 1 MB in a request, keeps each on its disk before it hands it on, and waits 60 s for the storage; layers are
 * large. The same values as in `examples/proxies/nginx.conf`. Other controllers pass them over.
 */
const NGINX = {
  "nginx.ingress.kubernetes.io/proxy-body-size": "0",
  "nginx.ingress.kubernetes.io/proxy-request-buffering": "off",
  "nginx.ingress.kubernetes.io/proxy-read-timeout": "900",
  "nginx.ingress.kubernetes.io/proxy-send-timeout": "900",
};

/** Whether clients outside of the cluster get to a port. */
export function isExposed({ published }: ContainerPort): boolean {
  return published !== undefined && !publishedAddresses(published).every(isLoopback);
}

/** The Service of a container, and the Ingress in front of it. */
export function exposeService(
  scope: Construct,
  id: string,
  spec: ServiceSpec,
  { namespace, expose, ingressHost, provider }: ExposureContext,
): TerraformResource[] {
  const ports = spec.ports ?? [];
  if (ports.length === 0) return [];
  const { by = KUBERNETES.exposedBy, annotations = {} } = expose;
  const hasIngress = ingressHost !== undefined && isRegistry(spec);
  const open = hasIngress || by === "ingress" ? [] : ports.filter(isExposed);
  const name = serviceName(spec);
  const type = open.length === 0 ? "ClusterIP" : by === "node-port" ? "NodePort" : "LoadBalancer";
  const labels = labelsOf(spec);
  const service = new bindings.ServiceV1(scope, `${part(id)}service`, {
    metadata: { ...{ name, namespace, labels }, ...(open.length > 0 && { annotations: { ...annotations } }) },
    spec: {
      type,
      selector: selectorOf(spec),
      // What listens for us alone, such as the debug port, is on no Service that others reach.
      port: (open.length > 0 ? open : ports).map((port) => servicePort(port, type === "NodePort" ? expose : undefined)),
      ...(type === "LoadBalancer" && { loadBalancerSourceRanges: [...(expose.sourceRanges ?? [])] }),
    },
    // A cluster without one would let the apply wait for ever; `verify` says whether clients get in.
    waitForLoadBalancer: false,
    provider,
  });
  if (!hasIngress) return [service];
  const { className, tlsSecretName } = expose;
  const { port } = servicePort(ports[0] as ContainerPort);
  const ingress = new bindings.IngressV1(scope, `${part(id)}ingress`, {
    metadata: { ...{ name, namespace, labels }, annotations: { ...NGINX, ...annotations } },
    spec: {
      ingressClassName: className,
      tls: [{ hosts: [ingressHost], secretName: tlsSecretName }],
      rule: [
        {
          host: ingressHost,
          http: { path: [{ path: "/", pathType: "Prefix", backend: { service: { name, port: { number: port } } } }] },
        },
      ],
    },
    waitForLoadBalancer: false,
    provider,
    dependsOn: [service],
  });
  return [service, ingress];
}

const isRegistry = ({ component }: ServiceSpec) => component === "distribution";

/** @param onNodes how nodes are to have it, too. @default - they are not to */
function servicePort({ port, published }: ContainerPort, onNodes?: KubernetesExposure): ServiceV1SpecPort {
  const own = published?.port ?? port;
  return {
    ...{ name: `port-${port}`, port: own, targetPort: String(port), protocol: "TCP" },
    // Kubernetes gives any port when none is asked for, and clients would have to look it up.
    ...(onNodes && { nodePort: onNodes.nodePort ?? own }),
  };
}
