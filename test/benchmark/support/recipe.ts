import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Htpasswd } from "../../../constructs";
import type { Needs } from "../../e2e/support/needs";
import { toolEnvironment } from "../../e2e/support/needs";
import { eventually, output, run } from "../../support/process";

const EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

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
    const htpasswd = join(this.directory, "htpasswd");
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
    await this.docker(
      ...["create", "--name", registry, "--network", this.name, "-p", `127.0.0.1:${this.port}:5000`],
      ...variables({
        REGISTRY_LOG_LEVEL: "debug",
        REGISTRY_STORAGE: "s3",
        REGISTRY_STORAGE_S3_ACCESSKEY: "rustfsadmin",
        REGISTRY_STORAGE_S3_SECRETKEY: "rustfsadmin",
        REGISTRY_STORAGE_S3_REGION: "us-east-1",
        REGISTRY_STORAGE_S3_REGIONENDPOINT: "http://rustfs:9000",
        REGISTRY_STORAGE_S3_FORCEPATHSTYLE: "true",
        REGISTRY_STORAGE_S3_SECURE: "false",
        REGISTRY_STORAGE_S3_BUCKET: "docker-images",
        REGISTRY_AUTH: "htpasswd",
        REGISTRY_AUTH_HTPASSWD_REALM: "Team registry",
        REGISTRY_AUTH_HTPASSWD_PATH: "/htpasswd",
      }),
      this.needs.images.distribution,
    );
    await this.docker("cp", htpasswd, `${registry}:/htpasswd`);
    await this.docker("start", registry);
    await eventually("the recipe's registry answers", async () => (await fetch(`${this.url}/v2/`)).status === 401);
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
