import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Machine } from "../cli-machine";

interface Applying {
  readonly step: string;
  readonly pid: number;
  readonly since: string;
}

/** Terraform's apply of an environment, while one runs. */
export function runningApply(machine: Machine, name: string): Applying | undefined {
  const places = [
    machine.path("state", `${name}.deployment.json`),
    machine.path(".private-registry", name, "deployment.json"),
  ];
  const record = places.find((path) => existsSync(path));
  if (!record) return undefined;
  try {
    const { running } = JSON.parse(readFileSync(record, "utf8"));
    return running?.step === "apply" ? running : undefined;
  } catch {
    return undefined;
  }
}

/** Runs a command, and kills Terraform's process group some time after its apply began. @returns whether it still ran */
export async function killedAt(
  machine: Machine,
  name: string,
  milliseconds: number,
  ...args: string[]
): Promise<boolean> {
  const began = new Date().toISOString();
  const command = machine.start(args);
  let isHit = false;
  for (let n = 0; n < 6_000; n += 1) {
    const running = runningApply(machine, name);
    if (running && running.since > began) {
      await sleep(milliseconds);
      try {
        process.kill(-running.pid, "SIGKILL");
        isHit = true;
      } catch {
        // It had ended.
      }
      break;
    }
    await sleep(10);
  }
  await command.ended;
  return isHit;
}
