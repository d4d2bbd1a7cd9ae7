import type { Rule } from "../../rule";

export const destroyEverything: Rule = {
  id: "destroy-everything",
  category: "data",
  severity: "error",
  what: "The plan destroys everything",
  why: "This is a plan to destroy, or the configuration lost its content.",
  fix: "If you mean it, say so in the pull request and back up first. If not, look for what the configuration lost.",
  fact: "`terraform plan -destroy` writes the same plan as an empty configuration.",
  consequence: ({ plan }) => {
    const managed = plan.changes.filter(({ action }) => action !== "read");
    if (managed.length < 2 || !managed.every(({ action }) => action === "delete")) return [];
    const message = `All ${managed.length} resources are destroyed; nothing is created.`;
    return [{ address: "(all resources)", message, impact: { kind: "destroy-all" } }];
  },
};
