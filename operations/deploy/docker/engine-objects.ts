import { ENVIRONMENT_LABEL } from "../../../constructs/platform/deployment";
import type { OBJECT_KINDS } from "../../../plan/plan-json";
import type { DockerConnection } from "../../docker/docker";
import { dockerFailure } from "../../docker/failure";
import { containerName } from "../../docker/port-owner";
import { type FoundObject, type Labels, type Ownership, ownerOf, type Unknown, type WantedObject } from "../objects";

type ObjectKind = (typeof OBJECT_KINDS)[keyof typeof OBJECT_KINDS];

/**
 * Looks on the engine for what has a name that the environment wants, or its labels, and is not in the state.
 *
 * Ours is what carries the id that the state, or this machine's record, gives the deployment; what an apply from here was
 * about to make when it was killed; and a volume that the record knows or that only containers of ours mount.
 */
export async function findUnknown(
  docker: DockerConnection,
  objects: readonly WantedObject[],
  ownership: Ownership,
): Promise<Unknown> {
  const { state, record, adopt = [] } = ownership;
  const { containers, networks, volumes } = await listEverything(docker);
  const known = new Set(state.map(({ values }) => values.id));
  const isOurs = ownerOf(ownership);
  const addressOf = (kind: ObjectKind, name: string) =>
    objects.find((one) => one.kind === kind && one.name === name)?.address;
  const unknown: (FoundObject & { readonly isOurs: boolean })[] = [];
  const see = (kind: ObjectKind, name: string, id: string, labels: Labels, ours: boolean, differs?: string) => {
    const address = addressOf(kind, name);
    if (known.has(id) || !(address ?? ours)) return;
    const found = { kind, name, id, holdsData: kind === "volume", address, environment: labels?.[ENVIRONMENT_LABEL] };
    unknown.push({ ...found, isOurs: ours, differs });
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
