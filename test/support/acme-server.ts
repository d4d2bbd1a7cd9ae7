import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { join } from "node:path";
import { makeCertificates } from "./certificates";
import { eventually, freePort, RunningProcess } from "./process";

export interface AcmeServerOptions {
  /** Port of 127.0.0.1 on which it looks for challenges: the registry's, in place of 443. */
  readonly tlsPort: number;
  /** How long its certificates are valid. @default - five years */
  readonly validitySeconds?: number;
  /** Further variables, such as `PEBBLE_VA_NOSLEEP`. @default - none */
  readonly environment?: Record<string, string>;
  /** Refuses accounts that are not bound to one of its own. @default false */
  readonly externalAccounts?: boolean;
}

/** A real ACME server (pebble), which finds every name at 127.0.0.1. */
export class AcmeServer {
  private readonly pebble: RunningProcess;
  private readonly dns: RunningProcess;
  private readonly port: number;
  private readonly managementPort: number;
  /** PEM file with the CA of its own address; not the one that it issues from. */
  public readonly caFile: string;

  private constructor(
    pebble: RunningProcess,
    dns: RunningProcess,
    port: number,
    managementPort: number,
    caFile: string,
  ) {
    this.pebble = pebble;
    this.dns = dns;
    this.port = port;
    this.managementPort = managementPort;
    this.caFile = caFile;
  }

  /** Starts it, with what it needs in a directory. */
  public static async start(
    tools: { readonly pebble: string; readonly "pebble-challtestsrv": string },
    directory: string,
    { tlsPort, validitySeconds, environment, externalAccounts }: AcmeServerOptions,
  ): Promise<AcmeServer> {
    mkdirSync(directory, { recursive: true });
    const { ca, server } = await makeCertificates(directory);
    const [port, managementPort, dnsPort, dnsManagement] = await Promise.all([0, 0, 0, 0].map(freePort));
    const configuration = {
      listenAddress: `127.0.0.1:${port}`,
      managementListenAddress: `127.0.0.1:${managementPort}`,
      certificate: server.certificate,
      privateKey: server.key,
      httpPort: 1,
      tlsPort,
      ocspResponderURL: "",
      externalAccountBindingRequired: externalAccounts ?? false,
      ...(externalAccounts && { externalAccountMACKeys: { "kid-1": Buffer.alloc(48, 1).toString("base64url") } }),
      ...(validitySeconds && { certificateValidityPeriod: validitySeconds }),
    };
    const file = join(directory, "pebble.json");
    writeFileSync(file, JSON.stringify({ pebble: configuration }));
    const off = ["http01", "https01", "tlsalpn01"].flatMap((service) => [`-${service}`, ""]);
    const dns = new RunningProcess(tools["pebble-challtestsrv"], [
      ...off,
      "-dns01",
      `127.0.0.1:${dnsPort}`,
      "-management",
      `127.0.0.1:${dnsManagement}`,
      "-defaultIPv4",
      "127.0.0.1",
      "-defaultIPv6",
      "",
    ]);
    await dns.listensOn(dnsManagement as number);
    const pebble = new RunningProcess(tools.pebble, ["-config", file, "-dnsserver", `127.0.0.1:${dnsPort}`], {
      environment: { PEBBLE_VA_NOSLEEP: "1", PEBBLE_WFE_NONCEREJECT: "0", ...environment },
    });
    await pebble.listensOn(managementPort as number);
    return new AcmeServer(pebble, dns, port as number, managementPort as number, ca);
  }

  public get directoryUrl(): string {
    return `https://localhost:${this.port}/dir`;
  }

  /** How many certificates were asked for so far. */
  public get orders(): number {
    return this.pebble.stdout.match(/Added order /g)?.length ?? 0;
  }

  /** How many certificates it made. */
  public get issued(): number {
    return this.pebble.stdout.match(/Issued certificate serial /g)?.length ?? 0;
  }

  /** The CA that it issues from, new with each start. */
  public async rootCertificate(): Promise<string> {
    const ca = readFileSync(this.caFile);
    return eventually("the root certificate", () => fetchText(`https://localhost:${this.managementPort}/roots/0`, ca));
  }

  public async stop(): Promise<void> {
    await Promise.all([this.pebble.stop(), this.dns.stop()]);
  }

  public tail(): string {
    return this.pebble.tail();
  }
}

function fetchText(url: string, ca: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { ca, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => {
        text += part;
      });
      response.on("end", () => resolve(text));
    }).on("error", reject);
  });
}
