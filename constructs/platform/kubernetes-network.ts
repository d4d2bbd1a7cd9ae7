import type { NetworkPolicyV1, NetworkPolicyV1SpecIngress } from "@cdktf/provider-kubernetes/lib/network-policy-v1";
import type { Construct, IConstruct } from "constructs";
import { bindings } from "./kubernetes-bindings";
import { isExposed } from "./kubernetes-exposure";
import { labelsOf, networkLabel, type Place, selectorOf } from "./kubernetes-objects";
import type { NetworkSpec, ServiceSpec } from "./platform";

export interface NetworkContext extends Place {
  /** Whether a proxy that is not in the namespace reaches the registry. */
  readonly hasProxy?: boolean;
}

/** What networks were made of. */
const networks = new WeakMap<IConstruct, { readonly name: string; readonly internal: boolean }>();

/** What a policy is as a network; nothing: it is another one. */
export const networkOf = (node: IConstruct) => networks.get(node);

/**
 * A network as a policy about the pods on it: nobody connects to them but where a service's own policy says so, and on an internal one
 * they connect to nothing but one another and the name service. A network plugin that enforces no policies ignores it.
 *
 * @returns the policy; pods are on the network by a label with its `id`
 */
export function podNetwork(scope: Construct, id: string, spec: NetworkSpec, { namespace, provider }: NetworkContext) {
  const { name, internal, dependsOn } = spec;
  const members = networkLabel(name);
  const policy = new bindings.NetworkPolicyV1(scope, id, {
    metadata: { name, namespace, labels: labelsOf(spec) },
    spec: {
      podSelector: { matchLabels: members },
      policyTypes: ["Ingress", "Egress"],
      egress: internal ? [{ to: [{ podSelector: { matchLabels: members } }] }, NAME_SERVICE] : [{}],
    },
    provider,
    dependsOn,
  });
  networks.set(policy, { name, internal });
  return Object.defineProperty(policy, "id", { value: name });
}

const NAME_SERVICE = {
  ports: [
    { port: "53", protocol: "UDP" },
    { port: "53", protocol: "TCP" },
  ],
};

/** Lets in who may use a service: clients where they are let in at all, else only pods on its networks. */
export function serviceAccess(
  scope: Construct,
  id: string,
  spec: ServiceSpec,
  context: NetworkContext,
): NetworkPolicyV1 {
  const { namespace, provider, hasProxy = false } = context;
  const { networks = [], ports = [] } = spec;
  const neighbours = networks.map(({ id }) => ({ podSelector: { matchLabels: networkLabel(id) } }));
  return new bindings.NetworkPolicyV1(scope, id, {
    metadata: { name: spec.name, namespace, labels: labelsOf(spec) },
    spec: {
      podSelector: { matchLabels: selectorOf(spec) },
      policyTypes: ["Ingress"],
      ingress: ports.map((port): NetworkPolicyV1SpecIngress => {
        const isOpen = isExposed(port) || (hasProxy && port.published !== undefined);
        const everyone = port.published === undefined ? neighbours : [{ podSelector: {} }];
        return { ports: [{ port: String(port.port), protocol: "TCP" }], from: isOpen ? undefined : everyone };
      }),
    },
    provider,
  });
}
