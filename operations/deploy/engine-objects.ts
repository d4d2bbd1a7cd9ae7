import type { Environment } from "../../config";
import { DEPLOYMENT_LABEL, ENVIRONMENT_LABEL } from "../../constructs/platform/deployment";
import { OBJECT_KINDS, type PlanJson, priorResources, type StateResource } from "../../plan/plan-json";
import type { DockerConnection } from "../docker/docker";
import { dockerFailure } from "../docker/failure";
import { containerName } from "../docker/port-owner";
import { resources, type TerraformConfig } from "../terraform/config";
import type { DeploymentRecord } from "./deployment-record";

type ObjectKind = (typeof OBJECT_KINDS)[keyof typeof OBJECT_KINDS];

/** A Docker object that the environment wants under a name. */
export interface WantedObject {
  readonly kind: ObjectKind;
  readonly name: string;
  /** Terraform's address of it. */
  readonly address: string;
}

/** A Docker object that exists and is not in the state. */
export interface FoundObject {
  readonly kind: ObjectKind;
  readonly name: string;
  /** The engine's; a volume's is its name. */
  readonly id: string;
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

const KINDS: Readonly<Record<string, ObjectKind>> = OBJECT_KINDS;

/** Everything that a stack describes, with the names that it gives. */
export function wantedBy(config: TerraformConfig): WantedObject[] {
  return resources(config).flatMap(({ address, name }) => wanted(address.split(".")[0], name, address));
}

/** What a plan will make. */
export function madeBy({ resource_changes = [] }: PlanJson): WantedObject[] {
  return resource_changes
    .filter(({ change }) => change.actions.includes("create"))
    .flatMap(({ type, address, change }) => wanted(type, change.after?.name, address));
}

function wanted(type: string | undefined, name: unknown, address: string): WantedObject[] {
  const kind = KINDS[type ?? ""];
  return kind && typeof name === "string" ? [{ kind, name, address }] : [];
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

/**
 * Looks on the engine for what has a name that the environment wants, or its labels, and is not in the state.
 *
 * Ours is what carries the id that the state, or this machine's record, gives the deployment; what an apply from here was
 * about to make when it was killed; and a volume that the record knows or that only containers of ours mount.
 */
export async function findUnknown(
  docker: DockerConnection,
  objects: readonly WantedObject[],
  { environment, state, record, adopt = [] }: Ownership,
): Promise<Unknown> {
  const { containers, networks, volumes } = await listEverything(docker);
  const known = new Set(state.map(({ values }) => values.id));
  const deployments = new Set([deploymentIn(state), record.deployment].filter((id) => id !== undefined));
  const isOurs = (name: string, labels: Labels) =>
    labels?.[ENVIRONMENT_LABEL] === environment.name &&
    (deployments.has(labels[DEPLOYMENT_LABEL] ?? "") || record.unfinished.includes(name));
  const addressOf = (kind: ObjectKind, name: string) =>
    objects.find((one) => one.kind === kind && one.name === name)?.address;
  const unknown: (FoundObject & { readonly isOurs: boolean })[] = [];
  const see = (kind: ObjectKind, name: string, id: string, labels: Labels, ours: boolean, differs?: string) => {
    const address = addressOf(kind, name);
    if (known.has(id) || !(address ?? ours)) return;
    unknown.push({ kind, name, id, address, environment: labels?.[ENVIRONMENT_LABEL], isOurs: ours, differs });
  };
  for (const { Id, Names, Labels } of containers) {
    const name = containerName(Names);
    see("container", name, Id, Labels, isOurs(name, Labels));
  }
  for (const { Id, Name, Labels } of networks) see("network", Name, Id, Labels, isOurs(Name, Labels));
  for (const volume of volumes.filter(({ Name }) => addressOf("volume", Name))) {
    const { Name } = volume;
    const users = containers.filter(({ Mounts }) => Mounts.some((mount) => mount.Name === Name));
    const onlyOurs = users.every((one) => known.has(one.Id) || isOurs(containerName(one.Names), one.Labels));
    const remembered = [...record.volumes, ...record.unfinished, ...adopt].includes(Name);
    see("volume", Name, Name, {}, remembered || (users.length > 0 && onlyOurs), difference(volume));
  }
  const without = ({ isOurs: _, ...object }: (typeof unknown)[number]): FoundObject => object;
  return {
    ours: unknown.filter((one) => one.isOurs).map(without),
    others: unknown.filter((one) => !one.isOurs).map(without),
  };
}

type Labels = Readonly<Record<string, string>> | undefined | null;

async function listEverything({ client, host }: DockerConnection) {
  try {
    const [containers, networks, { Volumes }] = await Promise.all([
      client.listContainers({ all: true }),
      client.listNetworks(),
      client.listVolumes(),
    ]);
    return { containers, networks, volumes: Volumes ?? [] };
  } catch (error) {
    throw dockerFailure(error, host);
  }
}

interface EngineVolume {
  readonly Driver: string;
  readonly Labels: Labels;
  readonly Options: Readonly<Record<string, string>> | null;
}

/** The provider replaces a volume, with everything in it, when one of these is other than described. */
function difference({ Driver, Labels, Options }: EngineVolume): string | undefined {
  const found = [
    ...(Driver === "local" ? [] : [`driver ${Driver}`]),
    ...Object.keys(Labels ?? {}).map((label) => `label ${label}`),
    ...Object.keys(Options ?? {}).map((option) => `option ${option}`),
  ];
  return found.length > 0 ? found.join(", ") : undefined;
}
