import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { eventually, output } from "../../support/process";
import { onPath } from "../../support/tools";
import { type Issued, issue } from "../../support/x509";
import { docker } from "./deployment";
import { toolEnvironment } from "./needs";

const HOST = "acme.tls.test";

/** A real ACME server (pebble) as a container, in an image that is made here of the program and its libraries. */
export class AcmeContainer {
  public readonly directory = mkdtempSync(join(tmpdir(), "e2e-acme-"));
  public readonly directoryUrl = `https://${HOST}:14000/dir`;
  private readonly name: string;
  private readonly authority: Issued = issue("Test CA of an ACME server's address", { ca: true });

  private readonly environment: string;

  /** @param environment what it serves; names its container and its image */
  constructor(environment: string) {
    this.environment = environment;

    this.name = `${environment}-pebble`;
    writeFileSync(this.caFile, this.authority.certificate);
  }

  /** PEM file with the CA of the ACME server's own address. */
  public get caFile(): string {
    return join(this.directory, "ca.pem");
  }

  /** Starts it on a network; there it looks for the names at an address, at the registry's own port. */
  public async start(network: string, names: readonly string[], address: string): Promise<void> {
    await this.makeImage();
    const hosts = names.flatMap((name) => ["--add-host", `${name}:${address}`]);
    const variables = ["PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0", "GODEBUG=netdns=go"].flatMap((one) => [
      "-e",
      one,
    ]);
    const where = ["--network", network, "--network-alias", HOST, "-p", "127.0.0.1::15000", ...hosts, ...variables];
    await output(
      "docker",
      ["run", "-d", "--name", this.name, ...where, this.image, "/pebble", "-config", "/pebble.json"],
      {
        environment: toolEnvironment(),
      },
    );
    await eventually("the ACME server listens", async () => (await this.log()).includes("ACME directory available"));
  }

  /** How many certificates were asked for so far. */
  public async orders(): Promise<number> {
    return (await this.log()).match(/Added order /g)?.length ?? 0;
  }

  /** The CA that it issues from. */
  public async rootCertificate(): Promise<string> {
    const address = await output("docker", ["port", this.name, "15000"], { environment: toolEnvironment() });
    const port = Number(address.split(":").at(-1));
    const options = {
      host: "127.0.0.1",
      port,
      path: "/roots/0",
      servername: HOST,
      ca: this.authority.certificate,
      agent: false,
    };
    return new Promise((resolve, reject) => {
      const asked = request(options, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part) => {
          text += part;
        });
        response.on("end", () => resolve(text));
      });
      asked.on("error", reject).end();
    });
  }

  public async remove(): Promise<void> {
    await docker("rm", "-f", this.name);
    await docker("image", "rm", this.image);
    rmSync(this.directory, { recursive: true, force: true });
  }

  private get image(): string {
    return `${this.environment}-pebble:test`;
  }

  private async log(): Promise<string> {
    const { stdout, stderr } = await docker("logs", this.name);
    return stdout + stderr;
  }

  private async makeImage(): Promise<void> {
    const root = join(this.directory, "root");
    const put = (from: string, to: string) => {
      mkdirSync(dirname(join(root, to)), { recursive: true });
      copyFileSync(realpathSync(from), join(root, to));
    };
    const pebble = onPath("pebble") as string;
    put(pebble, "pebble");
    const libraries = await output("ldd", [pebble]).catch(() => "");
    for (const [, path = ""] of libraries.matchAll(/(?:=> |^\s*)(\/\S+) \(/gm)) put(path, path);
    const server = issue("pebble", { names: [HOST], issuer: this.authority });
    const pebbleConfiguration = {
      listenAddress: "0.0.0.0:14000",
      managementListenAddress: "0.0.0.0:15000",
      certificate: "/server.pem",
      privateKey: "/server.key",
      httpPort: 1,
      // The registry listens there; 443 is what its host publishes.
      tlsPort: 5000,
      ocspResponderURL: "",
      externalAccountBindingRequired: false,
    };
    writeFileSync(join(root, "server.pem"), server.certificate);
    writeFileSync(join(root, "server.key"), server.key);
    writeFileSync(join(root, "pebble.json"), JSON.stringify({ pebble: pebbleConfiguration }));
    const archive = join(this.directory, "image.tar");
    await output("tar", ["-cf", archive, "-C", root, "."]);
    await output("docker", ["import", archive, this.image], { environment: toolEnvironment() });
  }
}
