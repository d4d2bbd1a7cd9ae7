import { command } from "../../operations/command";
import { secretsPath } from "../../operations/secrets/file";
import { firstPasswordPath, revealFirstPassword, unseenFirstPassword } from "../../operations/secrets/first-password";
import type { Context } from "../context";

/** Shows the first user's password if nobody has seen it yet; a CI job's output is no place for it. */
export function showFirstPassword({ io, process }: Context, name: string): void {
  const path = secretsPath(name);
  if (!isCiJob(process)) {
    revealFirstPassword(path, ({ user, password }) => {
      io.err(`First user of ${name}, whose password is shown this once:`);
      io.out(`${user} ${password}`);
    });
    return;
  }
  const first = unseenFirstPassword(path);
  if (!first) return;
  io.err(`First user of ${name}: ${first.user}. The password is in ${firstPasswordPath(path)} and not shown in CI.`);
  io.err(`  → ${command("secrets show", name)} prints it, once`);
}

/**
 * Whether this runs in a CI job: what is printed there is kept, and read by everybody who may see the job. A person's terminal
 * stays one with `CI` set.
 */
function isCiJob({ env, stdout, stderr }: NodeJS.Process): boolean {
  const { CI } = env;
  return CI !== undefined && !/^(?:|0|false)$/i.test(CI) && !stdout.isTTY && !stderr.isTTY;
}
