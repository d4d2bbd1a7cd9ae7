import { get, number } from "../../../plan/json";
import { code } from "../../brief";
import type { Rule } from "../../rule";

export const plansEveryTime: Rule = {
  id: "plans-every-time",
  category: "hygiene",
  severity: "warning",
  what: "The same change is planned after every apply",
  why: "Reviewers stop reading plans that always say something. Whatever has the container in its `replace_triggered_by` is replaced each time.",
  fix: "Write `memory_swap` out: twice `memory` is what Docker sets by itself.",
  fact: "With `memory` alone Docker sets `memory_swap` to twice as much; the provider reads it back and plans to unset it (seen on 4.5.0).",
  consequence: ({ plan }) =>
    plan.changes.flatMap(({ address, type, action, attributes, before, after }) => {
      const swap = attributes.find(({ path }) => path === "memory_swap");
      const memory = number(get(before, "memory")) ?? 0;
      const isEcho =
        swap !== undefined &&
        swap.after === undefined &&
        Number(swap.before) === 2 * memory &&
        get(after, "memory") === memory;
      return type === "docker_container" && action === "update" && isEcho
        ? {
            address,
            message: `${code("memory_swap")} of ${code(address)} is unset here, and Docker sets it again: the next plan shows the same.`,
          }
        : [];
    }),
};
