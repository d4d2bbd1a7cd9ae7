import type { TerraformProvider } from "cdktf";
import { ENVIRONMENT_LABEL } from "./deployment";
import type { ContainerSpec } from "./platform";

// Names and labels of what a cluster is given.

/** Label with the name of the container, as it would be called on a Docker host: what a Service selects. */
export const NAME_LABEL = "app.kubernetes.io/name";
export const INSTANCE_LABEL = "app.kubernetes.io/instance";
/** Label with what a container is, on its pods; the container is called so. */
export const COMPONENT_LABEL = "app.kubernetes.io/component";
const MANAGER_LABEL = "app.kubernetes.io/managed-by";
/** Domain of the labels that say which networks a pod is on. */
const NETWORK_LABEL = "dev.private-registry.network";

/** Where objects are made, and by which provider. */
export interface Place {
  readonly namespace: string;
  /** @default - the stack's */
  readonly provider?: TerraformProvider;
}

/** What identifies an object: the part of `ContainerSpec` that every object has. */
export type Described = Pick<ContainerSpec, "name" | "labels"> & { readonly component?: string };

/** Labels of an object and of the pods below it. */
export function labelsOf({ name, labels = {}, component }: Described): Record<string, string> {
  return {
    ...labels,
    [NAME_LABEL]: name,
    [INSTANCE_LABEL]: labels[ENVIRONMENT_LABEL] ?? name,
    [MANAGER_LABEL]: "private-registry",
    ...(component && { [COMPONENT_LABEL]: component }),
  };
}

/** What a controller, a Service or a policy knows the pods of a container by. It never changes. */
export const selectorOf = ({ name }: Described): Record<string, string> => ({ [NAME_LABEL]: name });

/** The label of the pods on a network. */
export const networkLabel = (network: string): Record<string, string> => ({ [`${NETWORK_LABEL}/${network}`]: "true" });

/** Kubernetes reads `$(NAME)` in variables and arguments, and `$$` as `$`; the one name that it shall read is the pod's own. */
export function unexpanded(text: string): string {
  return text.replace(/\$(?=\$|\((?!POD_NAME\)))/g, "$$$$");
}

/** The name of a Service: what others on the network call the container. */
export function serviceName({ name, networks = [] }: Pick<ContainerSpec, "name" | "networks">): string {
  return networks.flatMap(({ aliases = [] }) => aliases)[0] ?? name;
}

/** In front of the id of what is made beside a resource. A resource that is a construct's own has no id but the construct's. */
export const part = (id: string) => (id === "Resource" ? "" : `${id}-`);
