import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatDiagnostic, loadEnvironments, parseEnvironment } from "../config";
import { DEFAULT_REGION } from "../constructs/values/defaults";
import { ENVIRONMENTS, environmentPath } from "./environments";
import { Failure } from "./failure";
import { environmentText, type NewEnvironment } from "./new-environment";
import { type TlsName, type TlsWishes, tlsChoice } from "./new-tls";

/** What a person says about a new environment, as options or answers; what is missing has a default. */
export interface Wishes extends TlsWishes {
  readonly name: string;
  readonly host?: string;
  readonly port?: string;
  readonly publish?: string;
  readonly tls?: TlsName;
  readonly docker?: string;
  readonly mirror?: string;
  readonly s3Bucket?: string;
  readonly s3Region?: string;
  readonly s3Endpoint?: string;
  readonly protect: boolean;
}

/**
 * Writes a new environment file.
 * @returns its path
 * @throws Failure when there is one of that name, or it breaks a rule, by itself or beside the others; nothing is kept then
 */
export function createEnvironment(wishes: Wishes): string {
  const decided = decide(wishes);
  const file = environmentPath(decided.name);
  if (existsSync(file)) throw new Failure(`${file} exists`, "choose another name, or edit that file");
  const text = environmentText(decided, existsSync(join(ENVIRONMENTS, "schema.json")));
  const { diagnostics } = parseEnvironment(text, file);
  if (diagnostics.length > 0) {
    throw new Failure(`These options make no valid environment:\n${diagnostics.map(formatDiagnostic).join("\n")}`);
  }
  mkdirSync(ENVIRONMENTS, { recursive: true });
  const allProblems = () => loadEnvironments(ENVIRONMENTS).diagnostics.map(formatDiagnostic);
  const before = allProblems();
  writeFileSync(file, text, { flag: "wx" });
  // Two environments may not share a port or a name; only together can that be seen.
  const together = allProblems().filter((one) => !before.includes(one));
  if (together.length > 0) {
    rmSync(file);
    throw new Failure(`This environment conflicts with the others:\n${together.join("\n")}`);
  }
  return file;
}

/** The first port from 5000 that no environment file here publishes on. */
export function freePort(): number {
  const taken = new Set(loadEnvironments(ENVIRONMENTS).environments.map(({ registry }) => registry.publish.port));
  let port = 5000;
  while (taken.has(port)) port += 1;
  return port;
}

function decide(wishes: Wishes): NewEnvironment {
  const { name, host = "localhost", protect, mirror, docker } = wishes;
  const { tls: mode = "none", email, certificate, key, url } = wishes;
  const choice = tlsChoice(mode);
  const missing = choice.needs.find((one) => !wishes[one]);
  if (missing) throw new Failure(`--tls ${mode} needs --${missing}`);
  return {
    name,
    host,
    port: Number(wishes.port ?? choice.port ?? freePort()),
    address: wishes.publish ?? choice.address,
    tls: { mode, email, certificate, key, url },
    dockerHost: docker === "unix:///var/run/docker.sock" ? undefined : docker,
    mirror,
    s3: s3Of(wishes),
    protect,
  };
}

function s3Of({
  s3Bucket: bucket,
  s3Region: region = DEFAULT_REGION,
  s3Endpoint: endpoint,
}: Wishes): NewEnvironment["s3"] {
  if (bucket) return { bucket, region, endpoint };
  if (endpoint) throw new Failure("--s3-endpoint needs --s3-bucket");
  return undefined;
}
