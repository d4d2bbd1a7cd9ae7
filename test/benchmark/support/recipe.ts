import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Htpasswd } from "../../../constructs";
import type { Needs } from "../../e2e/support/needs";
import { toolEnvironment } from "../../e2e/support/needs";
import { eventually, output, run } from "../../support/process";

const EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** What the recipe's variables make of the configuration that its image brings. */
const CONFIGURATION = {
  version: "0.1",
  log: { level: "debug" },
  storage: {
    cache: { blobdescriptor: "inmemory" },
    delete: { enabled: true },
    s3: {
      accesskey: "rustfsadmin",
      secretkey: "rustfsadmin",
      region: "us-east-1",
      regionendpoint: "http://rustfs:9000",
      forcepathstyle: true,
      secure: false,
      bucket: "docker-images",
    },
  },
  auth: { htpasswd: { realm: "Team registry", path: "/htpasswd" } },
  http: { addr: ":5000", headers: { "X-Content-Type-Options": ["nosniff"] }, debug: { addr: ":5001" } },
  health: { storagedriver: { enabled: true, interval: "10s", threshold: 3 } },
};

/**
 * The well-known compose recipe's containers, with the images that we run: RustFS and registry:3 as it sets them, which is
 * Distribution's defaults with debug logging. Its third container only made the bucket, with a program that is gone.
 */
export class Recipe {
  public readonly containers: readonly [string, string];
  public readonly user = { name: "team", password: randomUUID() };
  private readonly directory = mkdtempSync(join(tmpdir(), "recipe-"));

  private readonly needs: Needs;
  private readonly name: string;
  private readonly port: number;

  constructor(needs: Needs, name: string, port: number) {
    this.needs = needs;
    this.name = name;
    this.port = port;
    this.containers = [`${name}-registry`, `${name}-rustfs`];
  }

  public get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  public async start(): Promise<void> {
    const [registry, rustfs] = this.containers;
    const [htpasswd, configuration] = ["htpasswd", "recipe.yml"].map((name) => join(this.directory, name)) as [
      string,
      string,
    ];
    writeFileSync(htpasswd, Htpasswd.empty.with(this.user.name, this.user.password).toString());
    await this.docker("network", "create", this.name);
    const keys = {
      RUSTFS_ACCESS_KEY: "rustfsadmin",
      RUSTFS_SECRET_KEY: "rustfsadmin",
      RUSTFS_CONSOLE_ENABLE: "true",
      // The image's own; one built from sources has none.
      RUSTFS_VOLUMES: "/data",
    };
    await this.docker(
      ...["run", "-d", "--name", rustfs, "--network", this.name, "--network-alias", "rustfs", "-v", "/data"],
      ...variables(keys),
      this.needs.images.rustfs,
    );
    await eventually("the recipe's RustFS has a bucket", () => this.makeBucket(rustfs), 60_000);
    writeFileSync(configuration, JSON.stringify(CONFIGURATION));
    await this.docker(
      ...["create", "--name", registry, "--network", this.name, "-p", `127.0.0.1:${this.port}:5000`],
      ...[this.needs.images.distribution, "/recipe.yml"],
    );
    await this.docker("cp", htpasswd, `${registry}:/htpasswd`);
    await this.docker("cp", configuration, `${registry}:/recipe.yml`);
    await this.docker("start", registry);
    // A first request was seen to hang here, for a reason that is not known.
    const answers = () => fetch(`${this.url}/v2/`, { signal: AbortSignal.timeout(1000) }).catch(() => undefined);
    await eventually("the recipe's registry answers", async () => (await answers())?.status === 401);
  }

  public async remove(): Promise<void> {
    await run("docker", ["rm", "-f", "-v", ...this.containers], { environment: toolEnvironment() });
    await run("docker", ["network", "rm", this.name], { environment: toolEnvironment() });
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async makeBucket(rustfs: string): Promise<boolean> {
    const sign = ["--user", "rustfsadmin:rustfsadmin", "--aws-sigv4", "aws:amz:us-east-1:s3"];
    const { stdout } = await run(
      "docker",
      [
        ...["exec", rustfs, "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-X", "PUT", ...sign],
        ...["-H", `x-amz-content-sha256: ${EMPTY_SHA256}`, "http://127.0.0.1:9000/docker-images"],
      ],
      { environment: toolEnvironment() },
    );
    return stdout === "200";
  }

  private docker(...args: string[]): Promise<string> {
    return output("docker", args, { environment: toolEnvironment(), timeoutMs: 120_000 });
  }
}

function variables(all: Readonly<Record<string, string>>): string[] {
  return Object.entries(all).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
}
