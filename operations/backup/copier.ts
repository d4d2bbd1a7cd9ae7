import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import type Docker from "dockerode";
import { command } from "../command";
import type { DockerConnection } from "../docker/docker";
import { dockerFailure, messageOf } from "../docker/failure";
import { engineName } from "../docker/images";
import { type TarFile, tarOf } from "../docker/tar";
import { Failure } from "../failure";
import { type CopyState, errorOf, type RcloneError, stateOf } from "./rclone-log";

/** What the container that copies is made of. */
export interface CopierSettings {
  readonly environment: string;
  readonly image: string;
  /** Networks on which source and target answer. */
  readonly networks: readonly string[];
  /** Keys and the like. */
  readonly files: readonly TarFile[];
  /** Of the Docker host, by where the container has them. */
  readonly directories: Readonly<Record<string, string>>;
  readonly variables: readonly string[];
}

export interface RcloneResult {
  readonly code: number;
  readonly output: string;
  readonly errors: readonly RcloneError[];
  readonly state?: CopyState;
}

/** Sections of rclone's configuration, by the name of the remote. */
export type Remotes = Readonly<Record<string, Readonly<Record<string, string>>>>;

const CONFIG = "/config/rclone/rclone.conf";

/** As long as nobody hangs up. */
const UNTIL_HUNG_UP = "mkdir -p /work && cat >/dev/null";

const REMOVAL_MS = 60_000;

const HUNG_UP = "the connection to the container was lost";

/** What rclone says goes to a log of JSON lines, with the state each second. */
const LOGGED = ["--use-json-log", "--log-level", "NOTICE", "--stats", "1s", "--stats-log-level", "NOTICE"];

/**
 * rclone in a container on the Docker host, so that no bytes pass through here. It lives as long as its connection to this
 * process does, and leaves nothing behind.
 */
export class Copier {
  private readonly docker: DockerConnection;
  private readonly container: Docker.Container;
  private readonly connection: NodeJS.ReadWriteStream;

  private constructor(docker: DockerConnection, container: Docker.Container, connection: NodeJS.ReadWriteStream) {
    this.docker = docker;
    this.container = container;
    this.connection = connection;
  }

  /** @throws Failure when the container cannot be started, as when another backup runs */
  public static async start(docker: DockerConnection, settings: CopierSettings): Promise<Copier> {
    const { client } = docker;
    const name = `${settings.environment}-backup`;
    let container: Docker.Container | undefined;
    try {
      container = await client.createContainer(describe(name, settings));
      for (const network of settings.networks.slice(1))
        await client.getNetwork(network).connect({ Container: container.id });
      if (settings.files.length > 0) await container.putArchive(tarOf(settings.files), { path: "/" });
      const connection = await container.attach({ stream: true, stdin: true, hijack: true });
      await container.start();
      return new Copier(docker, container, connection);
    } catch (error) {
      await container?.remove({ force: true }).catch(() => {});
      throw startFailure(error, docker, name, settings);
    }
  }

  /** Tells rclone its remotes. */
  public configure(remotes: Remotes): Promise<void> {
    return this.put(CONFIG, configuration(remotes));
  }

  /** Tells rclone one more; a password goes in in the form that rclone wants. */
  public async addSection(name: string, section: Remotes[string], password = ""): Promise<void> {
    await this.put("/config/section", `\n${configuration({ [name]: section })}`);
    await this.put("/config/password", password);
    const hidden = password && 'printf "password = %s\\n" "$(rclone obscure - </config/password)" >>"$1"; ';
    await this.shell(`cat /config/section >>"$1"; ${hidden}rm /config/section /config/password`, CONFIG);
  }

  /** Joins one more network. */
  public async join(network: string): Promise<void> {
    await this.docker.client.getNetwork(network).connect({ Container: this.container.id });
  }

  /** Runs rclone to its end. @param onState hears how far it is */
  public async rclone(args: readonly string[], onState?: (state: CopyState) => void): Promise<RcloneResult> {
    const errors: RcloneError[] = [];
    let state: CopyState | undefined;
    const { code, output } = await this.exec(["rclone", ...LOGGED, ...args], (line) => {
      const error = errorOf(line);
      if (error) errors.push(error);
      state = stateOf(line) ?? state;
      if (state) onState?.(state);
    });
    return { code, output, errors, state };
  }

  /** Runs a shell script to its end. @throws Failure when it fails */
  public async shell(script: string, ...args: string[]): Promise<string> {
    const said: string[] = [];
    const { code, output } = await this.exec(["sh", "-ec", script, "sh", ...args], (line) => said.push(line));
    if (code !== 0) throw new Failure(`The copying container failed: ${said.at(-1) ?? `exit code ${code}`}`);
    return output;
  }

  /** Writes a file. */
  public async put(path: string, content: string | Buffer): Promise<void> {
    const file = { path: path.replace(/^\//, ""), content: Buffer.from(content), mode: 0o600 };
    await this.container.putArchive(tarOf([file]), { path: "/" }).catch((error) => {
      throw this.failure(error);
    });
  }

  /** Ends it, and whatever it does. Its name is free then: what comes next may need it at once. */
  public async close(): Promise<void> {
    (this.connection as unknown as { destroy(): void }).destroy();
    await this.container.remove({ force: true }).catch(async ({ statusCode }) => {
      // The engine removes it by itself, which on a busy host takes its time.
      const abortSignal = AbortSignal.timeout(REMOVAL_MS);
      if (statusCode === 409) await this.container.wait({ condition: "removed", abortSignal }).catch(() => {});
    });
  }

  private async exec(words: string[], onLine: (line: string) => void): Promise<{ code: number; output: string }> {
    try {
      const exec = await this.container.exec({ Cmd: words, AttachStdout: true, AttachStderr: true });
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

function describe(
  name: string,
  { image, networks, directories, variables }: CopierSettings,
): Docker.ContainerCreateOptions {
  return {
    name,
    Image: engineName(image),
    Entrypoint: ["sh", "-c", UNTIL_HUNG_UP],
    Cmd: [],
    Env: [...variables, `RCLONE_CONFIG=${CONFIG}`],
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
    Labels: { "private-registry.component": "backup" },
  };
}

function configuration(remotes: Remotes): string {
  const sections = Object.entries(remotes).map(
    ([name, values]) =>
      `[${name}]\n${Object.entries(values)
        .map(([key, value]) => `${key} = ${value}\n`)
        .join("")}`,
  );
  return sections.join("\n");
}

function startFailure(error: unknown, docker: DockerConnection, name: string, settings: CopierSettings): Failure {
  const said = messageOf(error);
  const { environment } = settings;
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
    return new Failure(`The Docker host lacks the image ${settings.image}`, command("doctor", environment), said);
  return dockerFailure(error, docker.host);
}
