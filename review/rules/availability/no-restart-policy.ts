import { code } from "../../brief";
import type { Rule } from "../../rule";

export const noRestartPolicy: Rule = {
  id: "no-restart-policy",
  category: "availability",
  severity: "warning",
  what: "A service does not come back after a crash or a reboot",
  why: "The registry stays down until somebody starts it.",
  fix: 'Set `restart = "unless-stopped"`.',
  fact: 'The provider\'s default is `restart = "no"`.',
  posture: ({ containers }) =>
    containers
      .filter(({ isJob, restarts, role }) => !isJob && !role.endsWith("job") && !restarts)
      .map(({ address, name }) => ({ address, message: `${code(name)} does not restart after a crash or a reboot.` })),
};
