import { CATEGORIES } from "./model";
import type { Rule } from "./rule";

/** The page `docs/reference/review-rules.md`. A test writes and checks it. */
export function rulesTable(rules: readonly Rule[]): string {
  const sections = CATEGORIES.map((category) => {
    const own = rules.filter((rule) => rule.category === category);
    return [`## ${category} (${own.length})`, ...own.map(entry)].join("\n\n");
  });
  const index = rules.map(
    ({ id, category, severity, what }) => `| [\`${id}\`](#${id}) | ${category} | ${severity} | ${cell(what)} |`,
  );
  return [
    "# Rules of the plan review",
    `Generated from \`review/rules/\`; \`npm run fix\` writes it. ${rules.length} rules. A severity is the usual one: a rule may say more or less of a particular case, and \`review.yaml\` can change it.`,
    ["| rule | about | severity | what |", "|---|---|---|---|", ...index].join("\n"),
    ...sections,
    "",
  ].join("\n\n");
}

function entry({ id, severity, what, why, fix, fact, consequence, posture }: Rule): string {
  const needs = consequence && posture ? "plan or configuration" : posture ? "plan or configuration" : "plan";
  return [
    `### ${id}`,
    `${what}. **${severity}**, needs a ${needs}.`,
    `- Why: ${why}`,
    `- Instead: ${fix}`,
    `- Rests on: ${fact}`,
  ].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
