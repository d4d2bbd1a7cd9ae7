import { existsSync } from "node:fs";
import { request } from "node:http";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import type { Variables } from "../terraform/terraform";
import { isSameEngine, selectedEngine } from "./context";

/** An engine on a socket of this machine that answers. */
export interface AnsweringEngine {
  readonly host: string;
  /** Whose socket that usually is. */
  readonly kind: string;
}

const PATIENCE_MS = 2000;

/** The engines of this machine that answer, apart from the one that was asked for. */
export async function answeringEngines(except: string, variables: Variables): Promise<AnsweringEngine[]> {
  const others = candidates(variables).filter(({ host }) => !isSameEngine(host, except));
  const answers = await Promise.all(others.map(async (one) => ((await doesAnswer(one.host)) ? [one] : [])));
  const found = answers.flat();
  return found.filter((one, n) => found.findIndex(({ host }) => isSameEngine(host, one.host)) === n);
}

/** Where engines have their sockets: the system's, rootless ones, and the products that run one in a virtual machine. */
function candidates(variables: Variables): AnsweringEngine[] {
  const home = variables.HOME ?? homedir();
  const runtime = variables.XDG_RUNTIME_DIR ?? `/run/user/${userInfo().uid}`;
  const selected = selectedEngine(variables);
  return [
    ...(selected?.host?.startsWith("unix://") ? [{ host: selected.host, kind: selected.by }] : []),
    { host: "unix:///var/run/docker.sock", kind: "the system's engine" },
    { host: `unix://${join(runtime, "docker.sock")}`, kind: "rootless Docker" },
    { host: `unix://${join(home, ".docker/run/docker.sock")}`, kind: "Docker Desktop" },
    { host: `unix://${join(home, ".docker/desktop/docker.sock")}`, kind: "Docker Desktop" },
    { host: `unix://${join(home, ".colima/default/docker.sock")}`, kind: "Colima" },
    { host: `unix://${join(home, ".orbstack/run/docker.sock")}`, kind: "OrbStack" },
    { host: `unix://${join(home, ".rd/docker.sock")}`, kind: "Rancher Desktop" },
  ];
}

function doesAnswer(host: string): Promise<boolean> {
  const socketPath = host.replace("unix://", "");
  if (!existsSync(socketPath)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const asked = request({ socketPath, path: "/_ping", signal }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.once("error", () => resolve(false));
    asked.end();
  });
}
