import { code } from "../../brief";
import type { Rule } from "../../rule";
import { declarationOf } from "../../world/world";

export const jobExitUnchecked: Rule = {
  id: "job-exit-unchecked",
  category: "hygiene",
  severity: "warning",
  what: "Nobody checks whether a job succeeded",
  why: "A job that fails makes no bucket, and the apply still succeeds.",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform's own template
  fix: "Add a `local-exec` provisioner: `test ${self.exit_code} -eq 0`. It fails the apply, and the next one runs the job again.",
  fact: "`attach` waits for the end and ignores the exit code.",
  posture: ({ containers, plan }) =>
    containers
      .filter(({ isJob, exit, address }) => {
        const provisioners = declarationOf(plan, address)?.provisioners;
        return isJob && (exit === "ignored" || (exit === "attached" && provisioners?.length === 0));
      })
      .map(({ address, name }) => ({ address, message: `The exit code of job ${code(name)} is ignored.` })),
};
