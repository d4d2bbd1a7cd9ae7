import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { S3Keys } from "../../constructs";
import { serveCommand, serveFile } from "../../constructs/registry/serve";
import { DRAIN } from "../../constructs/values/defaults";
import type { CollectedRegistry } from "../../operations/gc/registry";
import { CONFIG_FILE } from "../../operations/storage/access";
import { LocalSite } from "./local-site";
import { eventually, freePort, RunningProcess } from "./process";
import { directClient } from "./s3-client";
import { S3FaultProxy } from "./s3-fault-proxy";

/** A real registry as its container runs it, by its own command, with a storage behind a proxy that can fail. */
export class RestartableRegistry {
  public readonly site: LocalSite;
  public readonly proxy: S3FaultProxy;
  public readonly root: string;
  private process?: RunningProcess;

  private readonly port: number;
  private readonly keys: S3Keys;
  private readonly binary: string;

  private constructor(binary: string, folder: string, name: string, port: number, keys: S3Keys, proxy: S3FaultProxy) {
    this.binary = binary;
    this.port = port;
    this.keys = keys;
    this.proxy = proxy;
    this.root = `${name}/docker/registry/v2/`;
    const variables = { PATH: `${dirname(binary)}:${process.env.PATH}`, OTEL_TRACES_EXPORTER: "none" };
    this.site = new LocalSite(`${folder}/state`, { [CONFIG_FILE]: `${folder}/config.yml` }, variables);
    this.site.onRestart = () => this.restart();
    this.site.alsoReplace(serveFile().path, resolve("constructs/registry/serve.sh"));
    const s3 = { bucket: "registry", region: "us-east-1", regionendpoint: proxy.endpoint, forcepathstyle: true };
    const access = { accesskey: keys.accessKey, secretkey: keys.secretKey, rootdirectory: name };
    writeFileSync(
      `${folder}/config.yml`,
      JSON.stringify({
        version: "0.1",
        log: { level: "info" },
        storage: {
          s3: { ...s3, ...access },
          delete: { enabled: true },
          redirect: { disable: true },
          cache: { blobdescriptor: "inmemory" },
        },
        http: { addr: `127.0.0.1:${port}`, secret: "s".repeat(32), draintimeout: "20s" },
      }),
    );
  }

  /** @param name the folder in the bucket, which keeps registries on one storage apart */
  public static async start(
    binary: string,
    folder: string,
    name: string,
    storage: string,
    keys: S3Keys,
  ): Promise<RestartableRegistry> {
    mkdirSync(folder, { recursive: true });
    const proxy = await S3FaultProxy.start(storage);
    const registry = new RestartableRegistry(binary, folder, name, await freePort(), keys, proxy);
    await registry.restart();
    return registry;
  }

  public get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** As operations see it, until the test is over. */
  public collected(site: CollectedRegistry["site"] = this.site): CollectedRegistry {
    const client = directClient(this.proxy.endpoint, this.keys);
    return { site, client, root: this.root, isReadOnlyAnyway: false, purgeCache: async () => undefined };
  }

  public async takesPushes(): Promise<boolean> {
    const { status } = await fetch(`${this.url}/v2/probe/blobs/uploads/`, { method: "POST" });
    if (status !== 202 && status !== 405) throw new Error(`POST: ${status}`);
    return status === 202;
  }

  /** As if the container were made anew. */
  public forgetState(): void {
    rmSync(this.site.marker, { force: true });
  }

  public async stop(): Promise<void> {
    await this.process?.stop();
    this.proxy.stop();
  }

  private async restart(): Promise<void> {
    await this.process?.stop();
    const [shell = "", ...args] = serveCommand({ configurationFile: CONFIG_FILE, debugPort: 1, ...DRAIN }).map((word) =>
      this.site.local(word),
    );
    const environment = { PATH: `${dirname(this.binary)}:${process.env.PATH}`, OTEL_TRACES_EXPORTER: "none" };
    this.process = new RunningProcess(shell, args, { environment });
    await this.process.listensOn(this.port);
    await eventually("it answers", async () => (await fetch(`${this.url}/v2/`).catch(() => undefined))?.ok);
    this.site.alsoReplace("/proc/1/environ", `/proc/${this.process.pid}/environ`);
  }
}
