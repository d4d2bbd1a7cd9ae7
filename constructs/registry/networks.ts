import { Network } from "@cdktf/provider-docker/lib/network";
import type { ITerraformDependable, TerraformProvider } from "cdktf";
import { Construct } from "constructs";
import { check, checkKeys } from "../rules/checks";
import { type Problem, refuse, within } from "../rules/errors";
import { networkRules } from "../rules/networks";
import { brokenRules } from "../rules/rule";
import { GATEWAY, SUBNET } from "../values/addresses";
import { MTU } from "../values/limits";
import { literal } from "../values/literal";
import { LABEL_NAME, NAME } from "../values/names";

export interface RegistryNetworkProps {
  /** Range in CIDR form, e.g. `172.30.0.0/24`. @default - Docker chooses a free one */
  readonly subnet?: string;
  /** Address of the host in it. @default - the subnet's first */
  readonly gateway?: string;
  /** Largest packet in bytes, below 1500 on overlays and some clouds. @default - Docker's */
  readonly mtu?: number;
  /** @default - none */
  readonly labels?: Record<string, string>;
}

export interface RegistryNetworksProps {
  /** The networks are called `<name>-edge` and `<name>-storage`. */
  readonly name: string;
  /** Where clients come in. @default - defaults of `RegistryNetworkProps` */
  readonly edge?: RegistryNetworkProps;
  /** Between the registry and its storage; internal: nothing on it reaches, or is reached from, outside. @default - defaults of `RegistryNetworkProps` */
  readonly storage?: RegistryNetworkProps;
  /** Labels of both. @default - none */
  readonly labels?: Record<string, string>;
  /** @default - the stack's Docker provider */
  readonly provider?: TerraformProvider;
  /** @default - nothing */
  readonly dependsOn?: ITerraformDependable[];
}

/**
 * Two networks: clients meet the registry on one, the registry meets its storage on the other, and storage has no way out.
 *
 * @example new RegistryNetworks(this, "networks", { name: "registry" })
 */
export class RegistryNetworks extends Construct {
  /** The network that ports are published from. */
  public readonly edge: Network;
  /** The internal network. */
  public readonly storage: Network;

  constructor(scope: Construct, id: string, props: RegistryNetworksProps) {
    super(scope, id);
    refuse(this, [check("name", props.name, NAME), ...networksProblems(props)]);
    this.edge = this.network("edge", props.edge, props);
    this.storage = this.network("storage", props.storage, props);
  }

  private network(noun: "edge" | "storage", own: RegistryNetworkProps = {}, shared: RegistryNetworksProps): Network {
    const labels = { ...shared.labels, ...own.labels };
    return new Network(this, noun, {
      name: `${shared.name}-${noun}`,
      driver: "bridge",
      internal: noun === "storage",
      attachable: false,
      ingress: false,
      ipv6: false,
      options: own.mtu ? { "com.docker.network.driver.mtu": String(own.mtu) } : undefined,
      ipamConfig: own.subnet ? [{ subnet: own.subnet, gateway: own.gateway }] : undefined,
      labels: Object.entries(labels).map(([label, value]) => ({ label, value: literal(value) })),
      provider: shared.provider,
      dependsOn: shared.dependsOn,
    });
  }
}

/** What is wrong with the two networks. */
export function networksProblems(props: Pick<RegistryNetworksProps, "edge" | "storage">): (Problem | undefined)[] {
  const single = (["edge", "storage"] as const).flatMap((noun) => within(noun, networkProblems(props[noun])));
  return [...single, ...brokenRules(networkRules, props, single)];
}

function networkProblems({ subnet, gateway, mtu, labels }: RegistryNetworkProps = {}): (Problem | undefined)[] {
  return [
    check("subnet", subnet, SUBNET),
    check("gateway", gateway, GATEWAY),
    check("mtu", mtu, MTU),
    ...checkKeys("labels", labels, LABEL_NAME),
  ];
}
