import type { Change, Plan } from "../../plan/model";
import { code } from "../brief";
import { causeOf } from "../cause";
import type { Problem } from "../finding";
import { type Transition, transitionOf } from "../rule";
import { keepsInUse, ownersOf } from "./data";
import type { Volume } from "./volume";

/** Volumes that the plan takes away, each with its change. */
export function destroyedVolumes({ plan, before }: Transition, ...actions: Change["action"][]): [Volume, Change][] {
  return plan.changes.flatMap((change) => {
    const volume = before.volumes.find(({ address }) => address === change.address);
    return volume && actions.includes(change.action) && !change.keepsOld ? [[volume, change]] : [];
  });
}

/** Names of the volumes that a plan takes away with what nobody, or only an authority within its limits, makes again. */
export function lostVolumes(plan: Plan): string[] {
  return destroyedVolumes(transitionOf(plan), "delete", "replace")
    .filter(([{ contents }]) => contents === "data" || contents === "certificates")
    .map(([{ name, address }]) => name ?? address);
}

function refusal({ noun }: Volume, inUse: readonly string[]): string {
  if (inUse.length === 0) return "";
  const users = inUse.map(code).join(" and ");
  return noun === "claim"
    ? `. Kubernetes waits while pods of ${users} run on it, and deletes it when they end: nothing takes that back`
    : `. Docker will refuse while ${users} runs on it, so the apply stops with "in use"; the next apply without that container deletes it`;
}

/** A store on several claims survives the loss of a few, if all others are whole. */
function shareOf(volume: Volume, { before }: Transition): string {
  const [first] = volume.users;
  const all = first && before.volumes.filter(({ users }) => users.some(([, mount]) => mount === first[1]));
  return all && all.length > 1 ? `, as far as it lies in this one of ${all.length} claims` : "";
}

/** ``Volume `data` ``, ``Claim `data-store-0` ``. */
export function called({ noun, name, address }: Volume): string {
  return `${noun === "claim" ? "Claim" : "Volume"} ${code(name ?? address)}`;
}

export function lost(volume: Volume, change: Change, transition: Transition, how: string): Problem {
  const inUse = keepsInUse(volume, transition.containers);
  return {
    address: change.address,
    message: `${called(volume)} ${how}: ${ownersOf(volume)} is deleted${shareOf(volume, transition)}${refusal(volume, inUse)}.`,
    cause: causeOf(change, transition.plan),
    impact: { kind: "data-loss" },
  };
}
