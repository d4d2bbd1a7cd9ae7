import { withoutIndex } from "../../plan/declarations";
import { get, text } from "../../plan/json";
import type { Change, Declaration, Plan, Values } from "../../plan/model";
import { readContainer } from "../docker/container";
import { readClaim } from "../kubernetes/claim";
import { readContainers } from "../kubernetes/container";
import { type KubernetesObject, objectsOf } from "../kubernetes/object";
import type { Container, Names } from "./container";
import { type Settings, settingsOf } from "./settings";
import { readVolume, type Volume } from "./volume";

export interface Resource {
  readonly address: string;
  readonly type: string;
  readonly values: Values;
}

/** Everything that exists on one side of the plan: before it, or after it. */
export interface World {
  readonly plan: Plan;
  readonly resources: readonly Resource[];
  /** The resources that are objects of Kubernetes. */
  readonly objects: readonly KubernetesObject[];
  readonly containers: readonly Container[];
  readonly volumes: readonly Volume[];
  /** The configuration of a registry: rendered file, variables and triggers, as Distribution's keys. */
  readonly settings: (registry: Container) => Settings;
}

export function worldBefore(plan: Plan): World {
  return build(plan, plan.changes, ({ before }) => before);
}

export function worldAfter(plan: Plan): World {
  return build(plan, plan.changes, ({ after }) => after);
}

function build(plan: Plan, changes: readonly Change[], side: (change: Change) => Values | undefined): World {
  const names = namesIn(plan);
  const resources: Resource[] = [];
  for (const change of changes) {
    const values = side(change);
    if (values) resources.push({ address: change.address, type: change.type, values });
  }
  const objects = objectsOf(resources);
  const containers = [
    ...resources.flatMap(({ address, type, values }) => readContainer(address, type, values, names) ?? []),
    ...objects.flatMap((object) => readContainers(object, objects)),
  ];
  const volumes = [
    ...resources.flatMap((resource) => readVolume(resource, containers) ?? []),
    ...objects.flatMap((object) => readClaim(object, containers) ?? []),
  ];
  const read = new Map<Container, Settings>();
  return {
    plan,
    resources,
    objects,
    containers,
    volumes,
    settings: (registry) => {
      const known = read.get(registry) ?? settingsOf(registry, resources, containers);
      read.set(registry, known);
      return known;
    },
  };
}

function namesIn(plan: Plan): Names {
  const images = new Map<string, string>();
  const networks = new Map<string, string>();
  const byAddress = new Map<string, Change[]>();
  for (const change of plan.changes) {
    const declared = withoutIndex(change.address);
    const same = byAddress.get(declared);
    if (same) same.push(change);
    else byAddress.set(declared, [change]);
    for (const values of [change.before, change.after]) {
      const name = text(get(values, "name"));
      if (!name) continue;
      if (change.type === "docker_network") setKnown(networks, get(values, "id"), name);
      if (change.type === "docker_image") {
        for (const key of ["image_id", "repo_digest"]) setKnown(images, get(values, key), name);
      }
    }
  }
  return {
    images,
    networks,
    referenced: (address, attribute, type) =>
      (declarationOf(plan, address)?.references[attribute] ?? [])
        .flatMap((reference) => byAddress.get(reference) ?? [])
        .filter((change) => change.type === type),
  };
}

function setKnown(names: Map<string, string>, key: unknown, name: string): void {
  if (typeof key === "string" && !key.startsWith("(")) names.set(key, name);
}

export function declarationOf(plan: Plan, address: string): Declaration | undefined {
  return plan.declarations.get(withoutIndex(address));
}

/** Whatever this resource refers to or waits for, directly. */
export function dependenciesOf(plan: Plan, address: string): readonly string[] {
  const declaration = declarationOf(plan, address);
  return declaration ? [...Object.values(declaration.references).flat(), ...declaration.dependsOn] : [];
}
