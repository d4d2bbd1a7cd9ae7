import { ENVIRONMENT_LABEL } from "../../../constructs/platform/deployment";
import type { StateResource } from "../../../plan/plan-json";
import type { Cluster } from "../../kubernetes/connection";
import { type FoundObject, kindOf, nameIn, type Ownership, ownerOf, type Unknown, type WantedObject } from "../objects";
import { CLAIM, KUBERNETES_KINDS, type KubernetesKind, type KubernetesObject, listObjects, readObject } from "./kinds";

const KINDS = Object.values(KUBERNETES_KINDS);

/**
 * Looks in the namespace for what has a name that the environment wants, or its labels, and is not in the state.
 *
 * Ours is what carries the id that the state, or this machine's record, gives the deployment; what an apply from here was about
 * to make when it was killed; and a claim that the record knows.
 */
export async function findUnknown(
  cluster: Cluster,
  objects: readonly WantedObject[],
  ownership: Ownership,
): Promise<Unknown> {
  const { environment, state, record, adopt = [] } = ownership;
  const known = new Set(state.flatMap((one) => keyIn(one, cluster.namespace) ?? []));
  const isOurs = ownerOf(ownership);
  const remembered = new Set([...record.volumes, ...adopt]);
  const ours: FoundObject[] = [];
  const others: FoundObject[] = [];
  for (const { kind, object } of await everything(cluster, objects, environment.name, known)) {
    const { name = "", uid = "", labels, deletionTimestamp } = object.metadata ?? {};
    const wanted = objects.find((one) => one.kind === kind && one.name === name);
    const holdsData = kind === CLAIM;
    // Whoever deletes it, it goes: what is made under its name has to wait for that.
    const isGoing = deletionTimestamp !== undefined && !holdsData;
    const isOwn = isOurs(name, labels) || (holdsData && remembered.has(name)) || isGoing;
    if (!wanted && (!isOwn || isGoing)) continue;
    const found: FoundObject = {
      ...{ kind, name, holdsData },
      id: holdsData ? `${cluster.namespace}/${name}` : uid,
      address: wanted?.address,
      environment: labels?.[ENVIRONMENT_LABEL],
      differs: wanted && holdsData ? difference(object, wanted) : undefined,
    };
    (isOwn ? ours : others).push(found);
  }
  return { ours, others };
}

interface Seen {
  readonly kind: KubernetesKind;
  readonly object: KubernetesObject;
}

/** What carries the environment's label, and what has a name that it wants, apart from what the state knows. */
async function everything(
  cluster: Cluster,
  objects: readonly WantedObject[],
  environment: string,
  known: ReadonlySet<string>,
): Promise<Seen[]> {
  const kinds = KINDS.filter((kind) => objects.some((one) => one.kind === kind));
  const lists = await Promise.all(
    kinds.map(async (kind): Promise<Seen[]> => {
      const labelled = await listObjects(cluster, kind, `${ENVIRONMENT_LABEL}=${environment}`);
      const seen = new Set(labelled.map(({ metadata }) => metadata?.name));
      const names = objects.filter((one) => one.kind === kind && !seen.has(one.name)).map(({ name }) => name);
      const unknown = [...new Set(names)].filter((name) => !known.has(`${kind} ${name}`));
      const named = await Promise.all(unknown.map((name) => readObject(cluster, kind, name)));
      return [...labelled, ...named].flatMap((object) => (object ? [{ kind, object }] : []));
    }),
  );
  return lists.flat().filter(({ kind, object }) => !known.has(`${kind} ${object.metadata?.name}`));
}

/** What the state knows in the namespace, as `Deployment lab-registry`. */
function keyIn({ type, values }: StateResource, namespace: string): string | undefined {
  const kind = kindOf(type);
  const name = nameIn(values);
  return kind && name && values.id === `${namespace}/${name}` ? `${kind} ${name}` : undefined;
}

interface ClaimSpec {
  readonly storageClassName?: string;
  readonly resources?: { readonly requests?: { readonly storage?: string } };
}

/** A claim cannot be given another class: Terraform would replace it, with everything in it. */
function difference({ spec }: KubernetesObject, { planned }: WantedObject): string | undefined {
  const { storageClassName } = (spec ?? {}) as ClaimSpec;
  const [wanted] = (planned?.spec ?? []) as { readonly storage_class_name?: string | null }[];
  const className = wanted?.storage_class_name;
  return className && storageClassName !== className ? `StorageClass ${storageClassName ?? "none"}` : undefined;
}
