import { readLogs } from "../../operations/container-logs";
import { connectDocker } from "../../operations/docker";
import { dockerFailure } from "../../operations/docker-failure";
import { Failure } from "../../operations/failure";
import { containerNames } from "../../operations/status";
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
      nouns.length > 0 ? `there are: ${nouns.join(", ")}` : `private-registry up ${name}`,
    );
  }
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
