import { randomBytes } from "node:crypto";
import type { FakeEngine } from "../fake-engine";
import { EngineError, frame, matches, type Query, tar, untar } from "./http";

interface Binding {
  readonly HostIp: string;
  readonly HostPort: string;
}

/** A container as the engine keeps it. */
export interface FakeContainer {
  readonly id: string;
  name: string;
  /** ID of its image. */
  readonly image: string;
  /** What it was made with. */
  readonly body: {
    readonly Image: string;
    readonly Cmd?: string[];
    readonly Entrypoint?: string[];
    Env?: string[];
    Labels?: Record<string, string>;
    readonly Healthcheck?: unknown;
    readonly HostConfig?: {
      Memory?: number;
      readonly RestartPolicy?: { readonly Name: string };
      readonly PortBindings?: Record<string, Binding[]>;
      readonly Binds?: string[];
      readonly NetworkMode?: string;
    };
    readonly NetworkingConfig?: { readonly EndpointsConfig?: Record<string, unknown> };
  };
  state: "created" | "running" | "exited";
  exitCode: number;
  error: string;
  oomKilled: boolean;
  /** @default - it has no health check */
  health?: "healthy" | "unhealthy" | "starting";
  /** Start of the last health check. @default - none is told */
  checkedAt?: string;
  restarts: number;
  startedAt: string;
  /** Names of the networks. */
  networks: Set<string>;
  /** Files that were put into it, by path. */
  readonly files: Map<string, string>;
  log: string;
}

/** What a container does when it starts: a job ends, a service runs, healthy if it has a health check. */
export type Start = (container: FakeContainer) => void | Promise<void>;

interface FakeExec {
  readonly container: FakeContainer;
  readonly command: string[];
  readonly hasInput: boolean;
  exitCode?: number;
}

export class Containers {
  public readonly all = new Map<string, FakeContainer>();
  /** Called when a container starts; may set its state, health, log, or throw what the engine would say. */
  public onStart: Start = () => {};
  public onStop: (container: FakeContainer) => void | Promise<void> = () => {};
  private readonly execs = new Map<string, FakeExec>();

  private readonly engine: FakeEngine;

  constructor(engine: FakeEngine) {
    this.engine = engine;
  }

  /** By name or by the beginning of the id. */
  public find(reference: string): FakeContainer | undefined {
    return [...this.all.values()].find(({ id, name }) => name === reference || id.startsWith(reference));
  }

  /** One that must be there. */
  public get(reference: string): FakeContainer {
    const found = this.find(reference);
    if (!found) throw new EngineError(404, `No such container: ${reference}`);
    return found;
  }

  public execOf(path: string) {
    return this.execs.get(/^\/exec\/(\w+)\/start$/.exec(path)?.[1] ?? "");
  }

  public create(name: string, body: FakeContainer["body"]): FakeContainer {
    const other = this.find(name);
    if (other)
      throw new EngineError(
        409,
        `Conflict. The container name "/${name}" is already in use by container "${other.id}". You have to remove (or rename) that container to be able to reuse that name.`,
      );
    const image = this.engine.objects.image(body.Image);
    if (!image) throw new EngineError(404, `No such image: ${body.Image}`);
    const { EndpointsConfig } = body.NetworkingConfig ?? {};
    const networks = Object.keys(EndpointsConfig ?? {}).map((one) => this.engine.objects.network(one).Name);
    const container: FakeContainer = {
      id: randomBytes(32).toString("hex"),
      name,
      image: image.Id,
      body,
      state: "created",
      exitCode: 0,
      error: "",
      oomKilled: false,
      restarts: 0,
      startedAt: "0001-01-01T00:00:00Z",
      networks: new Set(networks),
      files: new Map(),
      log: "",
    };
    this.all.set(container.id, container);
    for (const { volume } of mountsOf(container)) if (volume) this.engine.objects.ensureVolume(volume);
    return container;
  }

  public async start(container: FakeContainer): Promise<void> {
    if (container.state === "running") return;
    for (const { HostIp, HostPort } of bindingsOf(container)) {
      const taken = [...this.all.values()].some(
        (one) =>
          one.state === "running" &&
          bindingsOf(one).some((other) => other.HostPort === HostPort && overlap(other.HostIp, HostIp)),
      );
      const error = `driver failed programming external connectivity on endpoint ${container.name}: Bind for ${HostIp}:${HostPort} failed: port is already allocated`;
      if (taken) throw new EngineError(500, error);
    }
    container.state = "running";
    container.startedAt = new Date().toISOString();
    if (container.body.Healthcheck) container.health = "healthy";
    // Jobs of ours have no restart policy and nothing that asks for their health.
    const isJob = !container.body.Healthcheck && (container.body.HostConfig?.RestartPolicy?.Name ?? "no") === "no";
    if (isJob) container.state = "exited";
    try {
      await this.onStart(container);
    } catch (error) {
      Object.assign(container, { state: "created", exitCode: 128, error: (error as Error).message });
      throw error instanceof EngineError ? error : new EngineError(500, (error as Error).message);
    }
  }

  public async stop(container: FakeContainer, exitCode = 0): Promise<void> {
    if (container.state !== "running") return;
    Object.assign(container, { state: "exited", exitCode, health: undefined });
    await this.onStop(container);
  }

  public async remove(container: FakeContainer): Promise<void> {
    await this.stop(container, 137);
    this.all.delete(container.id);
  }

  public async route(method: string, path: string, query: Query, body: unknown): Promise<unknown> {
    if (path === "/containers/json") return this.list(query);
    if (path === "/containers/create") {
      const { id } = this.create(query.name ?? randomBytes(4).toString("hex"), body as FakeContainer["body"]);
      return { Id: id, Warnings: [] };
    }
    const [, noun, reference = "", verb = ""] = path.split("/");
    if (noun === "exec")
      return { Running: false, ExitCode: this.execOf(`${path.replace(/\/json$/, "")}/start`)?.exitCode ?? 0 };
    const container = this.get(reference);
    if (method === "DELETE") return this.delete(container, query);
    switch (verb) {
      case "json":
        return this.inspect(container);
      case "start":
        return this.start(container);
      case "stop":
      case "kill":
        return this.stop(container, verb === "kill" ? 137 : 0);
      case "restart":
        await this.stop(container);
        return this.start(container);
      case "rename":
        container.name = query.name ?? container.name;
        return undefined;
      case "update":
        Object.assign(container.body.HostConfig ?? {}, body);
        return { Warnings: [] };
      case "wait":
        return { StatusCode: container.exitCode };
      case "logs":
        return frame(1, tail(container.log, query.tail));
      case "stats":
        return { memory_stats: { usage: 300e6, limit: 512e6, stats: { inactive_file: 100e6 } } };
      case "archive":
        return this.archive(method, container, query, body);
      case "exec": {
        const { Cmd, AttachStdin } = body as { Cmd: string[]; AttachStdin?: boolean };
        if (container.state !== "running") throw new EngineError(409, `container ${container.id} is not running`);
        const id = randomBytes(16).toString("hex");
        this.execs.set(id, { container, command: Cmd, hasInput: AttachStdin === true });
        return { Id: id };
      }
      default:
        throw new EngineError(404, `page not found: ${path}`);
    }
  }

  private async delete(container: FakeContainer, { force }: Query): Promise<undefined> {
    if (container.state === "running" && !/^(1|true)$/.test(force ?? ""))
      throw new EngineError(
        409,
        `cannot remove container "/${container.name}": container is running: stop the container before removing or force remove`,
      );
    await this.remove(container);
    return undefined;
  }

  private archive(method: string, container: FakeContainer, { path = "/" }: Query, body: unknown): unknown {
    if (method === "PUT") {
      for (const file of untar(body as Buffer))
        container.files.set(`${path}${file.path}`.replace(/\/+/g, "/"), file.content);
      return {};
    }
    const content = container.files.get(path);
    if (content === undefined)
      throw new EngineError(404, `Could not find the file ${path} in container ${container.id}`);
    return tar(path.slice(path.lastIndexOf("/") + 1), content);
  }

  private list(query: Query): unknown[] {
    const isAll = /^(1|true)$/.test(query.all ?? "");
    return [...this.all.values()]
      .filter((one) => (isAll || one.state === "running") && matches(query, `/${one.name}`, one.body.Labels))
      .map((one) => ({
        Id: one.id,
        Names: [`/${one.name}`],
        Image: one.body.Image,
        ImageID: one.image,
        Labels: one.body.Labels ?? {},
        State: one.state,
        Status: one.state,
        Ports: one.state === "running" ? portsOf(one) : [],
        Mounts: mountsOf(one).map(inspectMount),
        NetworkSettings: { Networks: Object.fromEntries([...one.networks].map((name) => [name, {}])) },
      }));
  }

  public inspect(one: FakeContainer) {
    const isRunning = one.state === "running";
    return {
      Id: one.id,
      Name: `/${one.name}`,
      Image: one.image,
      Created: one.startedAt,
      RestartCount: one.restarts,
      State: {
        Status: one.state,
        Running: isRunning,
        Paused: false,
        Restarting: false,
        OOMKilled: one.oomKilled,
        Dead: false,
        Pid: isRunning ? 4711 : 0,
        ExitCode: one.exitCode,
        Error: one.error,
        StartedAt: one.startedAt,
        FinishedAt: isRunning ? "0001-01-01T00:00:00Z" : new Date().toISOString(),
        ...(one.health &&
          isRunning && {
            Health: { Status: one.health, FailingStreak: 0, Log: one.checkedAt ? [{ Start: one.checkedAt }] : [] },
          }),
      },
      Config: {
        Image: one.body.Image,
        Env: one.body.Env ?? [],
        Cmd: one.body.Cmd ?? [],
        Entrypoint: one.body.Entrypoint ?? [],
        Labels: one.body.Labels ?? {},
        Healthcheck: one.body.Healthcheck,
      },
      HostConfig: { ...one.body.HostConfig },
      Mounts: mountsOf(one).map(inspectMount),
      NetworkSettings: {
        Ports: isRunning ? (one.body.HostConfig?.PortBindings ?? {}) : {},
        Networks: Object.fromEntries(
          [...one.networks].map((name) => [
            name,
            { NetworkID: this.engine.objects.network(name).Id, IPAddress: "10.9.0.2", Aliases: [] },
          ]),
        ),
      },
    };
  }
}

const bindingsOf = ({ body }: FakeContainer): Binding[] => Object.values(body.HostConfig?.PortBindings ?? {}).flat();

const overlap = (a: string, b: string) => a === b || [a, b].some((one) => one === "0.0.0.0" || one === "::");

function portsOf(container: FakeContainer) {
  return Object.entries(container.body.HostConfig?.PortBindings ?? {}).flatMap(([port, bindings]) =>
    bindings.map(({ HostIp, HostPort }) => ({
      IP: HostIp,
      PrivatePort: Number.parseInt(port, 10),
      PublicPort: Number(HostPort),
      Type: "tcp",
    })),
  );
}

interface Mount {
  readonly volume?: string;
  readonly source: string;
  readonly destination: string;
}

export function mountsOf({ body }: FakeContainer): Mount[] {
  return (body.HostConfig?.Binds ?? []).map((text) => {
    const [source = "", destination = ""] = text.split(":");
    return source.startsWith("/")
      ? { source, destination }
      : { volume: source, source: `/var/lib/docker/volumes/${source}/_data`, destination };
  });
}

function inspectMount({ volume, source, destination }: Mount) {
  return volume
    ? { Type: "volume", Name: volume, Source: source, Destination: destination, RW: true }
    : { Type: "bind", Source: source, Destination: destination, RW: true };
}

function tail(log: string, lines = "all"): string {
  if (lines === "all" || log === "") return log;
  return `${log.trimEnd().split("\n").slice(-Number(lines)).join("\n")}\n`;
}
