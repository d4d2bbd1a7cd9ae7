import type { Problem } from "../../finding";
import type { Rule, Transition } from "../../rule";
import { isContainer } from "../../world/container";

export const platformChanged: Rule = {
  id: "platform-changed",
  category: "data",
  severity: "error",
  what: "An environment moves between Docker and Kubernetes",
  why: "Nothing moves the data. The new registry starts empty, and the old one is destroyed in the same apply, with its volumes if their blocks are gone.",
  fix: "Make a second environment beside the first. Back up the first, restore into the second, check it, then take the first down.",
  fact: "To Terraform these are resources of two providers that have nothing to do with each other. `prevent_destroy` protects a volume only as long as its block is in the configuration.",
  consequence: (transition) => [
    ...moved(transition, "Docker", "Kubernetes"),
    ...moved(transition, "Kubernetes", "Docker"),
  ],
};

function moved({ containers, before, after }: Transition, from: Platform, to: Platform): Problem[] {
  const goes = containers.find(({ change, before: old }) => {
    return change.action === "delete" && isContainer(old, from) && (old.role === "registry" || old.role === "storage");
  });
  const comes = containers.find(({ change, after: next }) => {
    return change.action === "create" && isContainer(next, to) && (next.role === "registry" || next.role === "storage");
  });
  if (!goes || !comes) return [];
  const staysBehind = after.containers.every((container) => !isContainer(container, from) || !isVital(container.role));
  const wasThere = before.containers.some((container) => isContainer(container, to) && isVital(container.role));
  if (!staysBehind || wasThere) return [];
  return [
    {
      address: comes.change.address,
      message: `The registry moves from ${from} to ${to}: it starts empty there, and what runs on ${from} is destroyed.`,
      impact: { kind: "left-behind" },
    },
  ];
}

type Platform = Parameters<typeof isContainer>[1];

const isVital = (role: string) => role === "registry" || role === "storage";
