import { EventEmitter } from "node:events";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { stringify } from "yaml";
import { endAtSignals } from "../../cli/interruption";
import { fakeContext, runProgramWith } from "../cli/fake-context";
import { inFolder } from "../operations/in-folder";
import { engineOf, engineSocket, silentFrom } from "../support/engine-socket";
import { eventually, RunningProcess } from "../support/process";

const PROGRAM = resolve(__dirname, "../../bin/private-registry.js");

inFolder();

/** A project of one environment, and a program in Terraform's place. */
function project(host: string, terraform = "exit 0"): Record<string, string> {
  mkdirSync("environments");
  writeFileSync(
    "environments/lab.yaml",
    stringify({ docker: { host }, registry: { host: "localhost", publish: { port: 5000 } } }),
  );
  mkdirSync("bin");
  writeFileSync("bin/terraform", `#!/bin/sh\n${terraform}\n`);
  chmodSync("bin/terraform", 0o755);
  return { PATH: `${resolve("bin")}:${process.env.PATH}`, HOME: process.cwd(), CI: "true" };
}

const start = (environment: Record<string, string>, ...args: string[]) =>
  new RunningProcess(process.execPath, [PROGRAM, ...args], { environment, directory: process.cwd() });

/** An engine that is silent from some request on, and says when it has been asked for it. */
async function silentEngine(pattern: RegExp) {
  const asked: string[] = [];
  const answer = silentFrom(pattern);
  const host = await engineSocket((path, request, response) => {
    if (pattern.test(path)) asked.push(path);
    return answer(path, request, response);
  });
  return { host, isAsked: () => eventually("the engine is asked", async () => asked.length > 0, 15_000) };
}

async function endsWith(running: RunningProcess, signal: NodeJS.Signals, code: number) {
  const began = Date.now();
  const ended = await running.stop(signal, 5_000);
  expect(Date.now() - began).toBeLessThan(3_000);
  expect(ended.code, ended.stderr).toBe(code);
  return ended;
}

describe("the first signal ends what waits for an engine that accepts connections and says nothing", () => {
  test.each([
    [["status", "lab", "--watch"], /containers/, "SIGTERM", 143],
    [["up", "lab", "--yes"], /version/, "SIGINT", 130],
  ] as const)("%j, silent from %s on: %s", async (args, pattern, signal, code) => {
    const { host, isAsked } = await silentEngine(pattern);
    const running = start(project(host, 'echo \'{"terraform_version":"1.11.4"}\''), ...args);
    await isAsked();
    const { stderr } = await endsWith(running, signal, code);
    expect(stderr).toMatch(/Stopped\.\n$/);
  });

  // The same without starting a program: what ends it is the handler, unless a command has trapped the signals.
  test.each([
    [["logs", "lab"], /containers/, "SIGINT", 130],
    [["doctor", "lab"], /version/, "SIGHUP", 129],
  ] as const)("%j, silent from %s on: %s, in this process", async (args, pattern, signal, code) => {
    const { host, isAsked } = await silentEngine(pattern);
    const env = project(host, 'echo \'{"terraform_version":"1.11.4"}\'');
    const exit = vi.fn();
    const { versions, platform } = process;
    const own = Object.assign(new EventEmitter(), { env, versions, platform, exit }) as unknown as NodeJS.Process;
    const { context, ran } = fakeContext();
    endAtSignals(own, context.io);
    void runProgramWith({ process: own }, ...args);
    await isAsked();
    own.emit(signal);
    expect(exit).toHaveBeenCalledExactlyOnceWith(code);
    expect(ran().err).toBe("Stopped.");
  });
});

describe("while Terraform runs", () => {
  const script = (onSignal: string) => `
case "$*" in *" init "*)
  trap '${onSignal}' INT
  echo $$ >${"$"}HOME/started
  i=0; while [ $i -lt 100 ]; do sleep 0.1; i=$((i+1)); done ;;
esac`;
  const started = () => eventually("terraform runs", async () => readOr("started") !== "", 15_000);
  const secrets = () => {
    mkdirSync("secrets", { mode: 0o700 });
    const long = "abcdefghijklmnopqrstuvwxyz0123456789ABCD";
    const values = {
      rustfs_root_access_key: "ABCDEFGHIJKLMNOPQRST",
      rustfs_root_secret_key: long,
      registry_s3_access_key: "BCDEFGHIJKLMNOPQRSTU",
      registry_s3_secret_key: long,
      registry_http_secret: long,
      registry_htpasswd: "a:$2y$05$abcdefghijklmnopqrstuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu",
    };
    writeFileSync("secrets/lab.tfvars.json", JSON.stringify(values), { mode: 0o600 });
  };

  test("one signal is handed on once, and the command ends when Terraform has", async () => {
    const environment = project(
      await engineSocket(engineOf("20.10.24")),
      script("echo signal >>$HOME/signals; exit 1"),
    );
    secrets();
    const running = start(environment, "plan", "lab");
    await started();
    const { stderr } = await endsWith(running, "SIGINT", 130);
    expect(stderr).toMatch(/Stopping: the step that runs is finished first/);
    expect(readFileSync("signals", "utf8")).toBe("signal\n");
  });

  test("one that does not listen is killed when the person insists", async () => {
    const environment = project(await engineSocket(engineOf("20.10.24")), script("echo signal >>$HOME/signals"));
    secrets();
    const running = start(environment, "plan", "lab");
    await started();
    for (const said of [/Stopping/, /Still stopping/]) {
      process.kill(running.pid, "SIGINT");
      await eventually("it is said", async () => said.test(running.stderr));
    }
    process.kill(running.pid, "SIGINT");
    const ended = await Promise.race([running.ended, sleep(8_000, undefined, { ref: false })]);
    expect(ended?.code).toBe(130);
    expect(() => process.kill(Number(readFileSync("started", "utf8")), 0)).toThrow();
  });
});

function readOr(file: string): string {
  try {
    return readFileSync(join(process.cwd(), file), "utf8");
  } catch {
    return "";
  }
}
