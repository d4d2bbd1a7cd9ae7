import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { PartProps, Platform } from "../platform/platform";
import { check, checkKeys } from "../rules/checks";
import { networkRules } from "../rules/networks";
import { brokenRules } from "../rules/rule";
import { GATEWAY, SUBNET } from "../values/addresses";
import { type Problem, throwIfInvalid, within } from "../values/errors";
import { MTU } from "../values/limits";
import { LABEL_NAME, NAME } from "../values/names";
import { objectName } from "../values/object-names";

export interface RegistryNetworkProps {
  /** Range in CIDR form, e.g. `10.89.0.0/24`. @default - Docker chooses a free one, from 172.16.0.0/12 or 192.168.0.0/16 */
  readonly subnet?: string;
  /** Address of the host in it. @default - the subnet's first */
  readonly gateway?: string;
  /** Largest packet in bytes, below 1500 on overlays and some clouds. @default - Docker's */
  readonly mtu?: number;
  /** @default - none */
  readonly labels?: Record<string, string>;
}

export interface RegistryNetworksOptions {
  /** Where clients come in. @default - defaults of `RegistryNetworkProps` */
  readonly edge?: RegistryNetworkProps;
  /** Between the registry and its storage; internal: nothing on it reaches, or is reached from, outside. @default - defaults of `RegistryNetworkProps` */
  readonly storage?: RegistryNetworkProps;
}

/** The networks are called `<name>-edge` and `<name>-storage`. */
export interface RegistryNetworksProps extends RegistryNetworksOptions, PartProps {}

/**
 * Two networks: clients meet the registry on one, the registry meets its storage on the other, and storage has no way out.
 *
 * @example new RegistryNetworks(this, "networks", { platform: new DockerHost(), name: "registry" })
 */
export class RegistryNetworks extends Construct {
  /** The network that ports are published from. */
  public readonly edge: ReturnType<Platform["network"]>;
  /** The internal network. */
  public readonly storage: ReturnType<Platform["network"]>;

  constructor(scope: Construct, id: string, props: RegistryNetworksProps) {
    super(scope, id);
    throwIfInvalid(this, [check("name", props.name, NAME), ...networksProblems(props)]);
    // A network with a range is made before one without: Docker refuses a range inside one that it has just chosen itself.
    const after = (earlier: ITerraformDependable) => ({ ...props, dependsOn: [...(props.dependsOn ?? []), earlier] });
    if (props.storage?.subnet && !props.edge?.subnet) {
      this.storage = this.network("storage", props);
      this.edge = this.network("edge", after(this.storage));
    } else {
      this.edge = this.network("edge", props);
      this.storage = this.network("storage", props.edge?.subnet ? after(this.edge) : props);
    }
  }

  private network(noun: "edge" | "storage", { platform, name, dependsOn, ...props }: RegistryNetworksProps) {
    const { subnet, gateway, mtu, labels } = props[noun] ?? {};
    return platform.network(this, noun, {
      name: objectName(name, noun),
      internal: noun === "storage",
      ...{ subnet, gateway, mtu, dependsOn },
      labels: { ...props.labels, ...labels },
    });
  }
}

/** What is wrong with the two networks. */
export function networksProblems(props: RegistryNetworksOptions): (Problem | undefined)[] {
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
