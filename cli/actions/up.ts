import { command } from "../../operations/command";
import { connect } from "../../operations/deploy/apply";
import { orphansText } from "../../operations/deploy/orphans";
import { applyUp, planUp } from "../../operations/deploy/up";
import type { DockerConnection } from "../../operations/docker/docker";
import { waitUntilHealthy } from "../../operations/docker/wait-healthy";
import { refuseNewSecrets, whatExistsAnywhere } from "../../operations/existing";
import { stopIfAsked } from "../../operations/interruption";
import type { Operation } from "../../operations/operation";
import { inStage } from "../../operations/progress";
import { readSecrets, secretsPath } from "../../operations/secrets/file";
import { describe, type RegistryStack } from "../../stacks";
import { confirm } from "../ask";
import type { UpOptions } from "../commands/plan";
import type { Context } from "../context";
import { EXIT } from "../io";
import { operate } from "../operate";
import { checksSummary, checkText } from "../render/check";
import { reviewOf, reviewText } from "../render/saved-plan";
import { lacking, makeSecrets, neededVariables } from "./secrets";
import { runVerify } from "./verify";

export async function up(context: Context, name: string, options: UpOptions): Promise<void> {
  const { io, exit } = context;
  await operate(context, "up", name, options, async (operation: Operation) => {
    const docker = await connect(operation);
    await completeSecrets(context, operation, docker, options);
    const planned = await planUp(operation, docker, options.adopt);
    const { stack, record, orphans } = planned;
    for (const line of orphansText(orphans)) io.err(io.errStyle.yellow(`  ${line}`));
    const report = reviewOf(planned.plan, name);
    if (record.changes) {
      io.err(`${reviewText(report, io.errStyle)}\n`);
      if (!options.yes) await confirm(context, `Apply this to ${name}?`, "--yes");
    }
    await applyUp(operation, docker, planned);
    const checks = await inStage(operation.progress, "verify", async (stage) => {
      await waitUntilHealthy(docker, operation.environment, operation.interruption);
      stopIfAsked(operation.interruption, "The apply is done; only the check was stopped.", command("verify", name));
      const value = await runVerify(context, name, { ca: options.ca }, { tell: false, now: (text) => stage.now(text) });
      for (const check of value.filter(({ status }) => status === "failed" || status === "warning")) {
        stage.line(checkText(check, io.errStyle));
      }
      return { value, result: checksSummary(value) };
    });
    const { url, loginCommand } = stack;
    const result = { environment: name, url, loginCommand, changes: report.counts, checks };
    io.out(options.json ? JSON.stringify(result, undefined, 2) : `\n${url}\n${loginCommand}`);
    if (checks.some(({ status }) => status === "failed")) exit(EXIT.changes);
  });
}

/** Makes what is missing for a new environment; for one that exists it has to be brought. */
async function completeSecrets(
  context: Context,
  operation: Operation,
  docker: DockerConnection,
  { user, json }: UpOptions,
): Promise<void> {
  const { environment, log } = operation;
  const stack = describe([environment]).stacks[0] as RegistryStack;
  const needed = neededVariables(context, stack);
  const absent = lacking(environment.name, needed);
  if (absent.length > 0) {
    refuseNewSecrets(environment.name, absent, await whatExistsAnywhere(operation, stack, docker));
  }
  // A new password is part of no machine's result: it goes where people read.
  const { out, err } = context.io;
  await makeSecrets({ ...context, io: { ...context.io, out: json ? err : out } }, environment, needed, user);
  log.hide(Object.values(readSecrets(secretsPath(environment.name))));
}
