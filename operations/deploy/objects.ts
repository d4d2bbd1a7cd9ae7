import type { Environment } from "../../config";
import { DEPLOYMENT_LABEL, ENVIRONMENT_LABEL } from "../../constructs/platform/deployment";
import { DOCKER_TYPES, OBJECT_KINDS, type PlanJson, priorResources, type StateResource } from "../../plan/plan-json";
import { resources, type TerraformConfig } from "../terraform/config";
import type { DeploymentRecord } from "./deployment-record";
import { KUBERNETES_KINDS } from "./kubernetes/kinds";

/** An object that the environment wants under a name. */
export interface WantedObject {
  /** As the platform calls it: `container`, `volume`, …. */
  readonly kind: string;
  readonly name: string;
  /** Terraform's address of it. */
  readonly address: string;
  /** What a plan makes of it. @default - only its description is known */
  readonly planned?: Readonly<Record<string, unknown>>;
}

/** An object that exists and is not in the state. */
export interface FoundObject {
  readonly kind: string;
  readonly name: string;
  /** The platform's; what `terraform import` takes, of what holds data. */
  readonly id: string;
  /** What is in it must not be lost: it is taken over, and never removed here. */
  readonly holdsData: boolean;
  /** Terraform's address of it. @default - the environment wants nothing under that name */
  readonly address?: string;
  /** Environment that its labels name. @default - none */
  readonly environment?: string;
  /** What about a volume is other than Terraform would make it, so that it would be replaced. @default - nothing */
  readonly differs?: string;
}

/** What exists without being in the state: left over by an apply of ours that was killed, or somebody else's. */
export interface Unknown {
  readonly ours: readonly FoundObject[];
  readonly others: readonly FoundObject[];
}

export interface Ownership {
  readonly environment: Environment;
  /** Objects in the state. */
  readonly state: readonly StateResource[];
  readonly record: DeploymentRecord;
  /** Volumes that a person said are ours. @default - none */
  readonly adopt?: readonly string[];
}

const KINDS: Readonly<Record<string, string>> = { ...OBJECT_KINDS, ...KUBERNETES_KINDS };

const DATA_TYPES: ReadonlySet<string> = new Set([DOCKER_TYPES.volume, "kubernetes_persistent_volume_claim_v1"]);

/** Whether what is made of a Terraform type holds data. */
export const isData = ({ type }: { readonly type: string }): boolean => DATA_TYPES.has(type);

/** What a platform calls the objects of a Terraform type; nothing: they are no objects with a name. */
export const kindOf = (type: string): string | undefined => KINDS[type];

/** The name of an object in what Terraform knows of it: Docker's have it on top, Kubernetes' in their metadata. */
export function nameIn({ name, metadata }: Readonly<Record<string, unknown>>): string | undefined {
  const [inside] = Array.isArray(metadata) ? metadata : [metadata];
  const found = name ?? (inside as { readonly name?: unknown } | undefined)?.name;
  return typeof found === "string" ? found : undefined;
}

/** Everything that a stack describes, with the names that it gives. */
export function wantedBy(config: TerraformConfig): WantedObject[] {
  return resources(config).flatMap((one) => wanted(one.address, one));
}

/** What a plan will make. */
export function madeBy({ resource_changes = [] }: PlanJson): WantedObject[] {
  return resource_changes
    .filter(({ change }) => change.actions.includes("create"))
    .flatMap(({ address, change }) => wanted(address, change.after ?? {}, change.after ?? undefined));
}

function wanted(address: string, described: object, planned?: WantedObject["planned"]): WantedObject[] {
  const [type = ""] = address.split(".");
  const kind = kindOf(type);
  const name = nameIn(described as Readonly<Record<string, unknown>>);
  return kind && name ? [{ kind, name, address, planned }] : [];
}

export const DEPLOYMENT_ADDRESS = "terraform_data.deployment";

/** The id that the state gives the deployment. */
export function deploymentIn(state: readonly StateResource[]): string | undefined {
  const resource = state.find(({ address }) => address === DEPLOYMENT_ADDRESS);
  return typeof resource?.values.id === "string" ? resource.values.id : undefined;
}

/** What a plan found in the state. */
export const stateOf = (plan: PlanJson): readonly StateResource[] =>
  priorResources(plan).filter(({ mode }) => mode === "managed");

export type Labels = Readonly<Record<string, string>> | undefined | null;

/**
 * Tells what an apply of ours made: it carries the id that the state, or this machine's record, gives the deployment; or an
 * apply from here was about to make it when it was killed.
 */
export function ownerOf({ environment, state, record }: Ownership): (name: string, labels: Labels) => boolean {
  const deployments = new Set([deploymentIn(state), record.deployment].filter((id) => id !== undefined));
  return (name, labels) =>
    labels?.[ENVIRONMENT_LABEL] === environment.name &&
    (deployments.has(labels[DEPLOYMENT_LABEL] ?? "") || record.unfinished.includes(name));
}
