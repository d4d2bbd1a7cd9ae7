import { code } from "../../brief";
import type { Problem } from "../../finding";
import type { Rule } from "../../rule";
import type { Container } from "../../world/container";

/** Commands that empty or remove a bucket. */
const DELETES = [
  /\b(?:mc|mcli|rc)\b[^\n;&|]{0,80}\s(?:rb|rm)\s/,
  /\baws\b[^\n;&|]{0,80}\s(?:rb|rm|delete-bucket|delete-objects?)\b/,
  /\bcurl\b[^\n;&|]{0,300}(?:-X|--request)[ =]?["']?DELETE\b/,
  /\b(?:rclone)\s+(?:purge|delete|deletefile|rmdirs?|sync)\b/,
  /\bs3cmd\b[^\n;&|]{0,80}\s(?:rb|del|rm)\s/,
  /\bmc\b[^\n;&|]{0,80}\smirror\s[^\n;&|]{0,80}--remove\b/,
];

export const bucketJobDeletes: Rule = {
  id: "bucket-job-deletes",
  category: "data",
  severity: "error",
  what: "A job that prepares the bucket can delete it",
  why: "It runs again at every restart and every replacement. Every image is gone then.",
  fix: "Let the job only create what is missing (`mc mb --ignore-existing`, or a PUT that accepts 409).",
  fact: "Seen with the well-known compose recipe: one restart of its `mc` container, which runs `mc rb --force`, and all images were gone.",
  consequence: (transition) =>
    transition.containers.flatMap(({ change, after }) => {
      const command = after && deletingCommand(after);
      const starts = !after?.workload || after.runsOnCreate;
      const runs = starts && (change.action === "create" || change.action === "replace");
      const hasStore =
        change.before !== undefined || transition.before.containers.some(({ role }) => role === "storage");
      if (!after || !command || !runs || !hasStore) return [];
      const problem: Problem = {
        address: change.address,
        message: `Job ${code(after.name)} runs in this apply and deletes what is in the bucket: ${code(command)}.`,
        impact: { kind: "data-loss" },
      };
      return problem;
    }),
  posture: (world) =>
    world.containers.flatMap((container) => {
      const command = deletingCommand(container);
      return command
        ? {
            address: container.address,
            message: `Job ${code(container.name)} deletes the bucket each time it starts: ${code(command)}.`,
          }
        : [];
    }),
};

/** Jobs, and whatever brings its own script; a server's arguments are no commands. */
function deletingCommand(container: Container): string | undefined {
  if (!container.isJob && container.role !== "bucket-job") return undefined;
  const scripts = [container.arguments.join(" "), ...container.uploads.map(({ content }) => content ?? "")];
  for (const script of scripts) {
    const code = script.replaceAll(/^\s*#.*$/gm, "").replaceAll(/\\\n\s*/g, " ");
    for (const pattern of DELETES) {
      const match = pattern.exec(code);
      if (match) return match[0].trim().slice(0, 80);
    }
  }
  return undefined;
}
