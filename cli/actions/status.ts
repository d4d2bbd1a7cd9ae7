import { setTimeout as sleep } from "node:timers/promises";
import { connectDocker } from "../../operations/docker/docker";
import { Failure } from "../../operations/failure";
import { readLogin } from "../../operations/registry/login";
import { readStatus, type Status } from "../../operations/status/status";
import { synthesizeStack } from "../../operations/terraform/stack";
import type { StatusOptions } from "../commands/look";
import type { Context } from "../context";
import { readEnvironment, readEnvironments } from "../environments";
import { EXIT } from "../io";
import { statusText } from "../render/status";

export async function status(context: Context, name: string, options: StatusOptions): Promise<void> {
  const { io, exit, process } = context;
  const { docker: settings } = readEnvironment(name);
  const stack = synthesizeStack(readEnvironments(), name);
  const docker = await connectDocker(settings, process.env);
  const login = readLogin(name, process.env);
  const { ca, images } = options;
  const look = () => readStatus({ stack, docker, login, caFiles: ca ? [ca] : [], images });
  const print = (seen: Status) =>
    io.out(options.json ? JSON.stringify(seen, undefined, options.watch ? 0 : 2) : statusText(seen, io.style, images));

  if (!options.watch) {
    const seen = await look();
    print(seen);
    if (isTroubled(seen)) exit(EXIT.changes);
    return;
  }
  const seconds = options.watch === true ? 5 : options.watch;
  // Ends by Ctrl-C. An engine that is gone for a while, as when it is restarted, is what somebody watches for.
  for (;;) {
    const seen = await look().catch((error) => (error instanceof Failure ? error : Promise.reject(error)));
    if (process.stdout.isTTY && !options.json) process.stdout.write("\u001b[H\u001b[J");
    if (seen instanceof Failure) io.err(seen.message);
    else print(seen);
    await sleep(seconds * 1000);
  }
}

/** Whether somebody should look: something is down or differs. */
function isTroubled({ containers, drift }: Status): boolean {
  return drift.length > 0 || containers.some(({ state, health }) => state !== "running" || health === "unhealthy");
}
