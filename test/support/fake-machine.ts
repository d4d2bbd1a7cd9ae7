import { EventEmitter } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { afterAll, afterEach, vi } from "vitest";
import { stringify } from "yaml";
import { Htpasswd } from "../../constructs/registry/htpasswd";
import { type Ran, runAsProgram, runProgramWith } from "../cli/fake-context";
import { FakeCluster, type KubernetesObject } from "./fake-cluster";
import { control } from "./fake-controllers";
import { type FakeContainer, FakeEngine } from "./fake-engine";
import type { FakeImage, FakeNetwork, FakeVolume } from "./fake-engine/objects";
import { FakeRegistry } from "./fake-registry";
import { FakeTerraform, type TerraformCall } from "./fake-terraform/terraform";
import { freePort } from "./process";
import { ProgramServer } from "./program-server";

/** What the fake Terraform is to do otherwise, by command. */
export interface TerraformScript {
  /** Ends with it, and does nothing; with `work`, does its work first. */
  readonly exit?: number;
  readonly work?: true;
  readonly stdout?: string;
  readonly stderr?: string;
  /** On standard output, before anything else. */
  readonly before?: string;
  readonly diagnostics?: readonly { readonly summary: string; readonly detail?: string }[];
  /** Before anything else, takes the place of a file. */
  readonly copy?: { readonly from: string; readonly to: string };
  /** `apply`: the resource that fails. */
  readonly failAt?: { readonly address: string; readonly message?: string };
  /** `apply`: the object is made, then the program is killed before the state knows of it. */
  readonly killAt?: string;
  /** `apply`: stops there until it is interrupted, or until a file called `goOn` is there. */
  readonly waitAt?: string;
  readonly goOn?: string;
  /** `plan`: takes everything for its target. */
  readonly forgetsTargets?: true;
  /** `plan`: does nothing until it is interrupted. */
  readonly waitForSignal?: true;
}

export interface MachineOptions {
  /** Name of the environment. @default "lab" */
  readonly name?: string;
  /** Merged into the environment file, section by section. @default - a registry on loopback, its data protected */
  readonly environment?: object;
  /** On a cluster, in its namespace `lab`, in place of the engine. @default false */
  readonly onKubernetes?: boolean;
}

/**
 * A machine with a project, a Docker Engine and Terraform, of which only our own part is real: the command line runs in
 * this process, in a folder of its own. What Terraform applies is made on the engine, and a registry answers while its
 * container runs.
 */
export class FakeMachine {
  public readonly engine = new FakeEngine();
  private readonly terraform: FakeTerraform;
  private readonly programs: ProgramServer[] = [];
  /** What bcrypt said, which takes its time by design. */
  private readonly verified = new Map<string, boolean>();
  /** Listens while the container does. */
  public readonly registry = new FakeRegistry((user, password) => this.verifies(user, password));
  /** Environment variables of the command line. */
  public readonly variables: Record<string, string | undefined>;
  /** Hears the signals that a test sends: `process.emit("SIGINT")`. */
  public readonly process: EventEmitter;
  /** For standard input. */
  public input = "";

  private saved?: {
    containers: Map<string, FakeContainer>;
    networks: Map<string, FakeNetwork>;
    volumes: Map<string, FakeVolume>;
    images: Map<string, FakeImage>;
    objects: Map<string, KubernetesObject>;
  };

  /** @default - the machine is for Docker */
  private ownCluster?: FakeCluster;

  public readonly name: string;
  public readonly folder: string;
  public readonly port: number;

  private constructor(name: string, folder: string, port: number) {
    this.name = name;
    this.folder = folder;
    this.port = port;
    this.terraform = new FakeTerraform(folder);

    this.variables = {
      PATH: `${join(folder, "bin")}:${dirname(process.execPath)}:/usr/bin:/bin`,
      HOME: folder,
      USER: "tester",
    };
    const { variables, folder: cwd } = this;
    this.process = Object.assign(new EventEmitter(), {
      env: variables,
      cwd: () => cwd,
      platform: process.platform,
      versions: process.versions,
      stdout: Object.assign(new PassThrough(), { isTTY: false }),
    });
    Object.defineProperty(this.process, "stdin", { get: () => Readable.from([this.input]) });
    this.engine.exec = answerExec;
    this.engine.containers.onStart = async (container) => {
      const port = this.portOf(container);
      if (port) await this.registry.listen(port);
    };
    this.engine.containers.onStop = async (container) => {
      if (this.portOf(container)) await this.registry.close();
    };
  }

  public static async make({
    name = "lab",
    environment = {},
    onKubernetes = false,
  }: MachineOptions = {}): Promise<FakeMachine> {
    const folder = mkdtempSync(join(tmpdir(), "machine-"));
    const machine = new FakeMachine(name, folder, await freePort());
    mkdirSync(join(folder, "bin"));
    mkdirSync(join(folder, "environments"));
    await machine.terraform.listen(join(folder, "bin/terraform"));
    await machine.engine.listen(join(folder, "docker.sock"));
    if (onKubernetes) await machine.useCluster();
    machine.writeEnvironment(environment);
    process.chdir(folder);
    return machine;
  }

  /** The cluster of a machine that is for Kubernetes. */
  public get cluster(): FakeCluster {
    if (!this.ownCluster) throw new Error("the machine has no cluster");
    return this.ownCluster;
  }

  private async useCluster(): Promise<void> {
    const cluster = await FakeCluster.make();
    this.ownCluster = cluster;
    this.variables.KUBECONFIG = cluster.kubeconfig();
    cluster.put("/api/v1/nodes", { metadata: { name: "one" }, spec: {} });
    const annotations = { "storageclass.kubernetes.io/is-default-class": "true" };
    cluster.put("/apis/storage.k8s.io/v1/storageclasses", { metadata: { name: "fast", annotations } });
    // Its storage answers the registry.
    cluster.exec = ({ pod, command, line = "" }) =>
      command.some((word) => /rustfs:9000.* echo yes/.test(word))
        ? { stdout: "yes\n" }
        : answerExec({ name: pod.replace(/-\d+$/, "") } as FakeContainer, command, line);
    cluster.onChange = async (path) => {
      control(cluster, path);
      if (!path.endsWith(`/deployments/${this.name}-registry`)) return;
      await this.registry.close();
      if (cluster.objects.has(path)) await this.registry.listen(this.port);
    };
  }

  /** The engine's address. */
  public get dockerHost(): string {
    return `unix://${join(this.folder, "docker.sock")}`;
  }

  public writeEnvironment(changes: object, name = this.name): void {
    const registry = { host: "localhost", tls: { mode: "none" }, publish: { address: "127.0.0.1", port: this.port } };
    const kubernetes = { context: "fake", namespace: "lab" };
    const usual = this.ownCluster ? { kubernetes, registry } : { docker: { host: this.dockerHost }, registry };
    writeFileSync(join(this.folder, "environments", `${name}.yaml`), stringify(merge(usual, changes)));
  }

  /** Runs the command line. */
  public run(...args: string[]): Promise<Ran> {
    return runProgramWith({ process: this.process as unknown as NodeJS.Process }, ...args);
  }

  /** Makes our own command line a program of the project's `bin`, as `npx` finds it; it is run in this process. */
  public async addNpx(): Promise<void> {
    const server = new ProgramServer(({ args, variables }, { out, err }) => ({
      end: () => runAsProgram(args.slice(1), { ...variables }, { out, err }),
    }));
    this.programs.push(server);
    await server.listen(join(this.folder, "bin/npx"));
  }

  /** As `run`, for steps that are not what a test is about: they must end well. */
  public async must(...args: string[]): Promise<Ran> {
    const ran = await this.run(...args);
    if (ran.error)
      throw new Error(
        `${args.join(" ")}: ${ran.error}\n${(ran.error as { details?: string }).details ?? ""}\n${ran.err}`,
      );
    return ran;
  }

  /** What the fake Terraform does from now on, by command. */
  public script(scripts: Readonly<Record<string, TerraformScript>>): void {
    this.terraform.scripts = scripts;
  }

  /** Every run of Terraform so far, of one command if it is named. */
  public calls(command?: string): TerraformCall[] {
    return this.terraform.calls.filter((one) => command === undefined || one.command === command);
  }

  /** Addresses of what is in the state. */
  public state(): string[] {
    const path = join(this.folder, "state", `${this.name}.tfstate`);
    if (!existsSync(path)) return [];
    const { resources } = JSON.parse(readFileSync(path, "utf8")) as { resources: { type: string; name: string }[] };
    return resources.map(({ type, name }) => `${type}.${name}`);
  }

  /** The values of the secrets file. */
  public secrets(): Record<string, string> {
    return JSON.parse(readFileSync(this.path("secrets", `${this.name}.tfvars.json`), "utf8"));
  }

  /** A container of the environment, by its noun. */
  public container(noun: string): FakeContainer {
    return this.engine.containers.get(`${this.name}-${noun}`);
  }

  /** What changed something on the engine, as `POST /containers/create`. */
  public changesOnEngine(): string[] {
    return this.engine.calls
      .filter(({ method, path }) => method !== "GET" && !/^\/exec|\/exec$|\/wait$/.test(path))
      .map(({ method, path }) => `${method} ${path}`);
  }

  public path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  /** Keeps everything as it is now: `restore` brings it back. */
  public save(): void {
    const { containers, objects } = this.engine;
    rmSync(`${this.folder}.saved`, { recursive: true, force: true });
    for (const name of this.ownFiles())
      cpSync(join(this.folder, name), join(`${this.folder}.saved`, name), { recursive: true });
    this.saved = structuredClone({
      containers: containers.all,
      networks: objects.networks,
      volumes: objects.volumes,
      images: objects.images,
      objects: this.ownCluster?.objects ?? new Map(),
    });
  }

  public async restore(): Promise<void> {
    const { saved, engine, registry } = this;
    if (!saved) throw new Error("nothing was saved");
    for (const name of this.ownFiles()) rmSync(join(this.folder, name), { recursive: true });
    this.terraform.scripts = {};
    this.terraform.calls.length = 0;
    cpSync(`${this.folder}.saved`, this.folder, { recursive: true });
    const { containers, networks, volumes, images, objects } = structuredClone(saved);
    for (const [map, before] of [
      [this.ownCluster?.objects ?? new Map(), objects],
      [engine.containers.all, containers],
      [engine.objects.networks, networks],
      [engine.objects.volumes, volumes],
      [engine.objects.images, images],
    ] as [Map<string, unknown>, Map<string, unknown>][]) {
      map.clear();
      for (const [key, value] of before) map.set(key, value);
    }
    engine.reset();
    engine.exec = answerExec;
    this.input = "";
    this.process.removeAllListeners();
    registry.reset();
    await registry.close();
    if (this.ownCluster) {
      this.ownCluster.requests.length = 0;
      this.ownCluster.refused.clear();
      this.ownCluster.held.clear();
      await registry.listen(this.port);
    } else if (this.container("registry").state === "running") await registry.listen(this.port);
    process.chdir(this.folder);
  }

  /** What the project consists of; the socket and the program are the machine's. */
  private ownFiles(): string[] {
    return readdirSync(this.folder).filter((name) => name !== "bin" && name !== "docker.sock");
  }

  public async close(): Promise<void> {
    process.chdir(__dirname);
    rmSync(`${this.folder}.saved`, { recursive: true, force: true });
    await this.registry.close();
    await this.engine.close();
    this.ownCluster?.close();
    for (const one of [this.terraform, ...this.programs]) await one.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private portOf({ name, body }: FakeContainer): number | undefined {
    if (name !== `${this.name}-registry`) return undefined;
    const [[binding] = []] = Object.values(body.HostConfig?.PortBindings ?? {});
    return binding && Number(binding.HostPort);
  }

  /** Whether somebody may log in, by what the job was given last. */
  private verifies(user: string, password: string): boolean {
    const text = this.ownCluster
      ? usersOf(this.ownCluster, this.name)
      : (this.engine.containers.find(`${this.name}-htpasswd`)?.files.get("/incoming/htpasswd") ?? "");
    const key = JSON.stringify([text, user, password]);
    const known = this.verified.get(key) ?? Htpasswd.parse(text).verifies(user, password);
    this.verified.set(key, known);
    return known;
  }
}

/** Makes machines for the tests of a file, and removes them. Call it where `afterEach` may be called. */
export function machines() {
  const home = process.cwd();
  // Programs are started, and the first test of a file loads what synthesis needs.
  vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
  const made: FakeMachine[] = [];
  const kept = new Map<string, FakeMachine>();
  afterEach(async () => {
    for (const machine of made.splice(0)) await machine.close();
    process.chdir(home);
  });
  afterAll(async () => {
    for (const machine of kept.values()) await machine.close();
    process.chdir(home);
  });
  return {
    /** One where nothing was done yet. */
    async fresh(options?: MachineOptions): Promise<FakeMachine> {
      const machine = await FakeMachine.make(options);
      made.push(machine);
      return machine;
    },
    /** One where `up` has been, as it was after it: made once for a file, and put back for each test. */
    async deployed(options: MachineOptions = {}): Promise<FakeMachine> {
      const key = JSON.stringify(options);
      const existing = kept.get(key);
      if (existing) {
        await existing.restore();
        return existing;
      }
      const machine = await FakeMachine.make(options);
      kept.set(key, machine);
      await machine.must("up", machine.name, "--yes");
      machine.save();
      await machine.restore();
      return machine;
    },
  };
}

function usersOf({ objects }: FakeCluster, name: string): string {
  const { data } = (objects.get(`/api/v1/namespaces/lab/secrets/${name}-auth`) ?? {}) as {
    data?: { htpasswd: string };
  };
  return Buffer.from(data?.htpasswd ?? "", "base64").toString();
}

/** RustFS and its key, as they should be; and how much is stored. */
function answerExec({ name }: FakeContainer, command: readonly string[], input: string) {
  const path = new URL(command.at(-1) ?? "", "http://none").pathname;
  if (path === "/metrics") return { stdout: 'registry_storage_action_seconds_count{action="Stat",driver="s3aws"} 1\n' };
  if (path === "/debug/health") return { stdout: "{}" };
  if (command.includes("du")) return { stdout: "2048\ttotal\n" };
  const url = command.find((one) => one.startsWith("http://127.0.0.1:9000/"));
  if (name.endsWith("-rustfs") && url)
    return { stdout: input.includes("user =") && /\/registry\?/.test(url) ? "200" : "403" };
  return {};
}

function merge(base: object, changes: object): object {
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(changes)) {
    const before = result[key];
    const isMap = (one: unknown): one is object => typeof one === "object" && one !== null && !Array.isArray(one);
    result[key] = isMap(before) && isMap(value) ? merge(before, value) : value;
  }
  return result;
}
