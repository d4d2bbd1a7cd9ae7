import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { dirname } from "node:path";
import { type Ended, RunningProcess, run } from "./process";

/** The real registry, as a process. */
export class RegistryProcess {
  private readonly process: RunningProcess;
  public readonly port: number;

  private constructor(process: RunningProcess, port: number) {
    this.process = process;
    this.port = port;
  }

  /** Starts it with a configuration file that listens on that port, and waits until it does. */
  public static async start(
    binary: string,
    configurationFile: string,
    port: number,
    environment: Record<string, string> = {},
  ): Promise<RegistryProcess> {
    const process = new RunningProcess(binary, ["serve", configurationFile], { environment: variables(environment) });
    return new RegistryProcess(await process.listensOn(port), port);
  }

  public get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** What image names begin with. */
  public get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Its log, on stderr. */
  public get log(): string {
    return this.process.stderr;
  }

  /** Its access log, on stdout. */
  public get accessLog(): string {
    return this.process.stdout;
  }

  public stop(): Promise<Ended> {
    return this.process.stop();
  }

  public tail(): string {
    return this.process.tail();
  }
}

/** Runs it with a configuration file that it should not accept, to its end. */
export function runRegistry(binary: string, args: readonly string[], environment: Record<string, string> = {}) {
  return run(binary, args, { environment: variables(environment), timeoutMs: 20_000 });
}

// Its own image sets this; without it the registry sends traces to localhost:4318.
function variables(environment: Record<string, string>): Record<string, string> {
  return { OTEL_TRACES_EXPORTER: "none", ...environment };
}

export function writeFile(path: string, content: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** An `Authorization` header. */
export function basic(name: string, password: string): { authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}` };
}

/** What `fetch` cannot do: requests with certificates, and through sockets. */
export async function rawRequest(
  url: string,
  options: Parameters<typeof requestHttps>[1],
): Promise<{ status: number; headers: IncomingMessage["headers"] }> {
  const request = (url.startsWith("https:") ? requestHttps : requestHttp)(url, { ...options, agent: false });
  request.end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  response.resume();
  await once(response, "end");
  return { status: response.statusCode ?? 0, headers: response.headers };
}
