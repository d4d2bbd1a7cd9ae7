import type { RetentionPlan } from "../../operations/retention/plan";
import { size } from "./status";
import type { Style } from "./style";

/** Which tags go: when they were pushed, size, digest, the rule and why. */
export function planText(name: string, { going, staying, freedBytes }: RetentionPlan, style: Style): string {
  const lines = going.map(({ tag, rule, reason }) => {
    const pushed = new Date(tag.pushed).toISOString().slice(0, 10);
    const why = rule === undefined ? reason : `rule ${rule}: ${reason}`;
    return `${pushed}  ${size(tag.bytes).padStart(8)}  ${tag.digest.slice(0, 19)}  ${tag.repository}:${tag.name}  ${style.dim(why)}`;
  });
  const summary = `${name}: ${going.length} tags go, ${staying.length} stay; a collection frees ${size(freedBytes)} afterwards.`;
  return [...lines, summary].join("\n");
}
