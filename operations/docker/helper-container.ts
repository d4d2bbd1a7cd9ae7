import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import type Docker from "dockerode";
import { command } from "../command";
import { Failure } from "../failure";
import { type Helper, type HelperResult, type HelperSettings, HUNG_UP, helperName } from "../runtime/helper";
import type { DockerConnection } from "./docker";
import { dockerFailure, messageOf } from "./failure";
import { engineName } from "./images";
import { type TarFile, tarOf } from "./tar";

export interface HelperContainerSettings extends HelperSettings {
  /** Networks on which source and target answer. */
  readonly networks: readonly string[];
  /** Of the Docker host, by where the container has them. */
  readonly directories: Readonly<Record<string, string>>;
}

/** As long as nobody hangs up. */
const UNTIL_HUNG_UP = "mkdir -p /work && cat >/dev/null";

const REMOVAL_MS = 60_000;

/** A helper as a container of the engine, which removes it when it ends. */
export class HelperContainer implements Helper {
  private readonly docker: DockerConnection;
  private readonly container: Docker.Container;
  private readonly connection: NodeJS.ReadWriteStream;

  private constructor(docker: DockerConnection, container: Docker.Container, connection: NodeJS.ReadWriteStream) {
    this.docker = docker;
    this.container = container;
    this.connection = connection;
  }

  /** @throws Failure when the container cannot be started, as when another one of its kind runs */
  public static async start(docker: DockerConnection, settings: HelperContainerSettings): Promise<HelperContainer> {
    const { client } = docker;
    const name = helperName(settings);
    let container: Docker.Container | undefined;
    try {
      container = await client.createContainer(describe(name, settings));
      for (const network of settings.networks.slice(1))
        await client.getNetwork(network).connect({ Container: container.id });
      const files = Object.entries(settings.files).map(([path, content]) => fileAt(path, content));
      if (files.length > 0) await container.putArchive(tarOf(files), { path: "/" });
      const connection = await container.attach({ stream: true, stdin: true, hijack: true });
      await container.start();
      return new HelperContainer(docker, container, connection);
    } catch (error) {
      await container?.remove({ force: true }).catch(() => {});
      throw startFailure(error, docker, name, settings);
    }
  }

  public async put(path: string, content: Buffer): Promise<void> {
    await this.container.putArchive(tarOf([fileAt(path, content)]), { path: "/" }).catch((error) => {
      throw this.failure(error);
    });
  }

  public async close(): Promise<void> {
    (this.connection as unknown as { destroy(): void }).destroy();
    await this.container.remove({ force: true }).catch(async ({ statusCode }) => {
      // The engine removes it by itself, which on a busy host takes its time.
      const abortSignal = AbortSignal.timeout(REMOVAL_MS);
      if (statusCode === 409) await this.container.wait({ condition: "removed", abortSignal }).catch(() => {});
    });
  }

  public async exec(words: readonly string[], onLine: (line: string) => void): Promise<HelperResult> {
    try {
      const exec = await this.container.exec({ Cmd: [...words], AttachStdout: true, AttachStderr: true });
      const stream = await exec.start({ hijack: true, stdin: false });
      const [out, err] = [new PassThrough(), new PassThrough()];
      this.docker.client.modem.demuxStream(stream, out, err);
      const parts: Buffer[] = [];
      out.on("data", (part: Buffer) => parts.push(part));
      createInterface({ input: err }).on("line", onLine);
      await new Promise<void>((resolve, reject) => {
        stream.once("end", resolve).once("close", resolve).once("error", reject);
      });
      out.end();
      err.end();
      const { ExitCode } = await exec.inspect();
      if (ExitCode === null || ExitCode === undefined) throw new Error(HUNG_UP);
      return { code: ExitCode, output: Buffer.concat(parts).toString("utf8") };
    } catch (error) {
      throw this.failure(error);
    }
  }

  private failure(error: unknown): Failure {
    const { statusCode } = error as { statusCode?: number };
    const isGone = statusCode === 404 || statusCode === 409 || messageOf(error).includes(HUNG_UP);
    if (!isGone) return dockerFailure(error, this.docker.host);
    return new Failure("The copying container was stopped", "run it again: what was copied stays", messageOf(error));
  }
}

function fileAt(path: string, content: Buffer): TarFile {
  return { path: path.replace(/^\//, ""), content, mode: 0o600 };
}

function describe(
  name: string,
  { image, networks, directories, variables, noun }: HelperContainerSettings,
): Docker.ContainerCreateOptions {
  return {
    name,
    Image: engineName(image),
    Entrypoint: ["sh", "-c", UNTIL_HUNG_UP],
    Cmd: [],
    Env: Object.entries(variables).map(([key, value]) => `${key}=${value}`),
    // What is attached hangs up when this process ends, however it ends.
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    HostConfig: {
      AutoRemove: true,
      NetworkMode: networks[0],
      Mounts: Object.entries(directories).map(([Target, Source]) => ({ Type: "bind" as const, Source, Target })),
      CapDrop: ["NET_RAW", "MKNOD", "SYS_CHROOT", "SETPCAP", "AUDIT_WRITE"],
      SecurityOpt: ["no-new-privileges"],
    },
    Labels: { "private-registry.component": noun },
  };
}

function startFailure(
  error: unknown,
  docker: DockerConnection,
  name: string,
  { environment, image }: HelperSettings,
): Failure {
  const said = messageOf(error);
  if (/is already in use by container/.test(said)) {
    return new Failure(
      `Another backup or restore of ${environment} runs on the Docker host (container ${name})`,
      `wait until it is done; one that hangs: docker rm -f ${name}`,
    );
  }
  const [, directory] = /bind source path does not exist: (\S+)/.exec(said) ?? [];
  if (directory) {
    return new Failure(
      `There is no directory ${directory} on the Docker host`,
      `make it there, on another disk than the registry's data: mkdir -p ${directory}`,
    );
  }
  if (/No such image/i.test(said))
    return new Failure(`The Docker host lacks the image ${image}`, command("doctor", environment), said);
  return dockerFailure(error, docker.host);
}
