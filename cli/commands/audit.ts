import { type Command, InvalidArgumentError } from "commander";
import { audit } from "../../operations/audit/audit";
import { AUDIT_ACTIONS, type AuditAction, auditLine } from "../../operations/audit/event";
import { limitsOfLog } from "../../operations/audit/reach";
import { readEnvironment } from "../../operations/environments";
import { connect, requireDocker } from "../../operations/runtime/connect";
import { requireEngine } from "../../operations/runtime/docker-only";
import type { Context } from "../context";
import { FORWARDED, renderEvent } from "../render/audit";
import { since } from "./options";

interface Options {
  readonly since?: number;
  readonly follow?: boolean;
  readonly user?: string;
  readonly repository?: string;
  readonly action?: readonly AuditAction[];
  readonly json?: boolean;
  readonly to?: string;
}

const DAY_SECONDS = 86_400;

export function define(command: Command, context: Context): void {
  command
    .option(
      "--since <time>",
      "show events since then: 30s, 10m, 2h, 3d, or a date (default: 24h; with --to: all after the last event kept there)",
      since,
    )
    .option("--follow", "keep running and show new events, also after the container is restarted or replaced")
    .option("--user <name>", "only this user")
    .option("--repository <name>", "only this repository; team/* means every name that begins with team/")
    .option(
      "--action <actions>",
      `only these actions, separated by commas: ${AUDIT_ACTIONS.join(", ")} (default: all but pull)`,
      actions,
    )
    .option("--json", "print one line of JSON for each event")
    .option("--to <directory>", "keep the events there, a file for each day, and go on after the last one")
    .action((name: string, options: Options) => print(context, name, options));
}

async function print({ io, process }: Context, name: string, options: Options): Promise<void> {
  const { since, follow = false, user, repository, action, json, to } = options;
  const environment = readEnvironment(name);
  requireEngine(environment, "audit");
  const docker = requireDocker(await connect(environment, process.env), "read the log of a container that is replaced");
  for (const text of await limitsOfLog(environment, docker)) io.err(io.errStyle.yellow(text));
  const from = since ?? (to === undefined ? Math.floor(Date.now() / 1000) - DAY_SECONDS : undefined);
  let isMarked = false;
  const written = await audit(
    environment,
    docker,
    { since: from, follow, user, repository, actions: action, directory: to },
    (event) => {
      io.out(json ? auditLine(event) : renderEvent(event, io.style));
      if (!json && event.forwarded && !isMarked) io.err(FORWARDED);
      isMarked ||= event.forwarded === true;
    },
  );
  if (to !== undefined) io.err(`${written} new events in ${to}`);
}

function actions(text: string): AuditAction[] {
  return text.split(",").map((word) => {
    const action = AUDIT_ACTIONS.find((one) => one === word.trim());
    if (!action) throw new InvalidArgumentError(`It must be of ${AUDIT_ACTIONS.join(", ")}.`);
    return action;
  });
}
