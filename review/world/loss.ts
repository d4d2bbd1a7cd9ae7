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

export function lost(volume: Volume, change: Change, transition: Transition, how: string): Problem {
  const inUse = keepsInUse(volume, transition.containers);
  const name = code(volume.name ?? volume.address);
  const refusal =
    inUse.length > 0
      ? `. Docker will refuse while ${inUse.map(code).join(" and ")} runs on it, so the apply stops with "in use"; the next apply without that container deletes it`
      : "";
  return {
    address: change.address,
    message: `Volume ${name} ${how}: ${ownersOf(volume)} is deleted${refusal}.`,
    cause: causeOf(change, transition.plan),
    impact: { kind: "data-loss" },
  };
}
