import { command } from "../../operations/command";
import { describeDeath, findDeath, memoryRemedy } from "../../operations/docker/container-death";
import { readLogs } from "../../operations/docker/container-logs";
import { inspectContainer, startFailure } from "../../operations/docker/container-state";
import { connectDocker, type DockerConnection } from "../../operations/docker/docker";
import { dockerFailure } from "../../operations/docker/failure";
import { Failure } from "../../operations/failure";
import { containerNames } from "../../operations/status/status";
import type { LogsOptions } from "../commands/look";
import type { Context } from "../context";
import { readEnvironment } from "../environments";

export async function logs(
  context: Context,
  name: string,
  noun: string | undefined,
  options: LogsOptions,
): Promise<void> {
  const { io, process } = context;
  const environment = readEnvironment(name);
  const docker = await connectDocker(environment.docker, process.env);
  const existing = await docker.client
    .listContainers({ all: true })
    .catch((error) => Promise.reject(dockerFailure(error, docker.host)));
  const all = existing.flatMap(({ Names }) => Names.map((one) => one.slice(1)));
  const wanted = noun ? [`${name}-${noun}`] : containerNames(environment);
  const found = wanted.filter((one) => all.includes(one));
  if (found.length === 0) {
    const nouns = all.filter((one) => one.startsWith(`${name}-`)).map((one) => one.slice(name.length + 1));
    throw new Failure(
      `There is no container ${wanted.join(" or ")}`,
      nouns.length > 0 ? `there are: ${nouns.join(", ")}` : command("up", name),
    );
  }
  await tellDeaths(context, docker, name, found);
  const width = Math.max(...found.map((one) => one.length)) - name.length - 1;
  const colours = [io.style.cyan, io.style.yellow];
  await Promise.all(
    found.map((container, n) => {
      const label = container.slice(name.length + 1).padEnd(width);
      const prefix = found.length > 1 ? `${colours[n % colours.length]?.(label)} ` : "";
      return readLogs(docker.client, container, options, (line) => io.out(`${prefix}${line}`));
    }),
  );
}

/** Says on the error stream what no log says: that the kernel ended a container. */
async function tellDeaths({ io }: Context, docker: DockerConnection, name: string, found: readonly string[]) {
  for (const container of found) {
    const inspected = await inspectContainer(docker, container);
    const failure = inspected && startFailure(inspected, name, docker.host);
    if (failure) io.err(`${container} could not be started: ${failure.message}\n  → ${failure.remedy}`);
    const death = inspected && (await findDeath(docker, inspected));
    const remedy = death && memoryRemedy(death, container.slice(name.length + 1), name);
    if (remedy) io.err(io.errStyle.yellow(`${container}: ${describeDeath(death)}\n  → ${remedy}`));
  }
}
