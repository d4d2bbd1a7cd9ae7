import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { output, run } from "../../support/process";
import { toolEnvironment } from "./needs";

/** A Docker client with a login of its own, which pushes and pulls as a developer does. */
export class Client {
  private readonly directory = mkdtempSync(join(tmpdir(), "docker-client-"));

  private readonly address: string;

  constructor(address: string) {
    this.address = address;

    afterAll(() => rmSync(this.directory, { recursive: true, force: true }));
  }

  public login(name: string, password: string) {
    return this.run(["login", this.address, "--username", name, "--password-stdin"], password);
  }

  /** Pushes an image that the engine has under another name. */
  public async push(image: string, name: string): Promise<void> {
    const reference = `${this.address}/${name}`;
    await output("docker", ["tag", image, reference], { environment: toolEnvironment() });
    await output("docker", ["--config", this.directory, "push", reference], {
      environment: toolEnvironment(),
      timeoutMs: 180_000,
    });
    await this.forget(name);
  }

  /** Pulls an image, checks that it arrived, and forgets it again. @returns its id */
  public async pull(name: string): Promise<string> {
    const reference = `${this.address}/${name}`;
    const pulled = await this.run(["pull", reference]);
    if (pulled.code !== 0) throw new Error(pulled.stderr);
    const id = await output("docker", ["image", "inspect", "--format", "{{.Id}}", reference], {
      environment: toolEnvironment(),
    });
    await this.forget(name);
    return id;
  }

  private forget(name: string): Promise<unknown> {
    return run("docker", ["image", "rm", `${this.address}/${name}`], { environment: toolEnvironment() });
  }

  private run(args: string[], input?: string) {
    return run("docker", ["--config", this.directory, ...args], {
      environment: toolEnvironment(),
      input,
      timeoutMs: 180_000,
    });
  }
}

/** Answers of a registry to somebody who polls it, by status; `stop` ends it. */
export function poll(url: string, credentials: string, everyMs = 100) {
  const statuses: number[] = [];
  const headers = { Authorization: `Basic ${Buffer.from(credentials).toString("base64")}` };
  const ask = () =>
    fetch(url, { headers }).then(
      ({ status }) => statuses.push(status),
      () => statuses.push(0),
    );
  const timer = setInterval(ask, everyMs);
  return {
    statuses,
    stop: () => clearInterval(timer),
  };
}
