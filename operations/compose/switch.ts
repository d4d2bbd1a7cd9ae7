import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { formatDiagnostic, loadEnvironments } from "../../config";
import { ENVIRONMENTS, environmentPath } from "../environments";
import { Failure } from "../failure";
import { privatePath } from "../private-files";
import { STAGE_HOST } from "./copy";

type Keys = Record<string, unknown>;

/** Keys of `registry` that wait until the old registry has stopped: name, port, TLS, and labels and variables, which proxies follow. */
const WAITING = ["host", "publish", "tls", "labels", "environment"];

/** File of an import that holds them. */
export const SWITCH_FILE = "switch.json";

/** The `registry` section while the old registry still runs: on loopback, without TLS. */
export function staged(registry: Keys, port: number): Keys {
  const staying = Object.entries(registry).filter(([key]) => !WAITING.includes(key));
  return {
    host: "localhost",
    publish: { address: STAGE_HOST, port },
    tls: { mode: "none" },
    ...Object.fromEntries(staying),
  };
}

/** What the switch writes, as `switch.json` holds it. */
export const waiting = (registry: Keys): Keys =>
  Object.fromEntries(WAITING.flatMap((key) => (registry[key] === undefined ? [] : [[key, registry[key]]])));

/**
 * Gives an imported environment the name, port and TLS of the old registry; whatever else was changed in its file stays.
 * @returns path of the environment file
 * @throws Failure when nothing waits for a switch, or the file breaks a rule
 */
export function switchImport(name: string): string {
  const path = environmentPath(name);
  const file = join(privatePath(name, "import"), SWITCH_FILE);
  if (!existsSync(file)) {
    throw new Failure(
      `no import of ${name} waits for a switch`,
      `it was done already, or the import had nothing to copy`,
    );
  }
  const keys: Keys = JSON.parse(readFileSync(file, "utf8"));
  const document = parseDocument(readFileSync(path, "utf8"));
  for (const key of WAITING) {
    if (keys[key] === undefined) document.deleteIn(["registry", key]);
    else document.setIn(["registry", key], document.createNode(keys[key]));
  }
  const yaml = document.toString({ lineWidth: 0 });
  const { diagnostics } = loadEnvironments(ENVIRONMENTS, undefined, new Map([[path, yaml]]));
  if (diagnostics.length > 0) {
    throw new Failure(
      `the environments would break rules after the switch:\n${diagnostics.map(formatDiagnostic).join("\n")}`,
      "correct it, then run this again",
    );
  }
  writeFileSync(path, yaml);
  return path;
}
