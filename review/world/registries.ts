import type { Change } from "../../plan/model";
import type { ConfigurationChange } from "../finding";
import type { Transition } from "../rule";
import type { Container } from "./container";
import { type Settings, triggerMaps } from "./settings";

export interface RegistryChange {
  readonly change: Change;
  readonly container: Container;
  readonly before: Settings;
  readonly after: Settings;
}

/** Registries that are there before and after, with their configuration on both sides. */
export function registrySettings(transition: Transition): RegistryChange[] {
  return transition.containers.flatMap(({ change, before, after }) => {
    if (!before || !after || after.role !== "registry") return [];
    return {
      change,
      container: after,
      before: transition.before.settings(before),
      after: transition.after.settings(after),
    };
  });
}

/** Every key that differs, once, whether triggers, the rendered file or a variable told it. */
export function configurationChanges(transition: Transition): ConfigurationChange[] {
  const changes = new Map<string, ConfigurationChange>();
  const compare = (address: string, before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>) => {
    for (const key of new Set([...before.keys(), ...after.keys()])) {
      const [from, to] = [before.get(key), after.get(key)];
      if (from !== to && !changes.has(key)) changes.set(key, { key, before: from, after: to, address });
    }
  };
  const old = new Map(triggerMaps(transition.before.resources).map(({ address, map }) => [address, map]));
  for (const { address, map } of triggerMaps(transition.after.resources)) {
    const before = old.get(address);
    if (before) compare(address, before, map);
  }
  for (const { change, before, after } of registrySettings(transition)) {
    if (change.action !== "none" && (before.complete || after.complete))
      compare(change.address, before.values, after.values);
  }
  return [...changes.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}
