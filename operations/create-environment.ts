import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatDiagnostic, loadEnvironments, parseEnvironment } from "../config";
import { DEFAULT_REGION } from "../constructs/values/defaults";
import { ENVIRONMENTS } from "./environments";
import { Failure } from "./failure";
import { environmentText, type NewEnvironment } from "./new-environment";

/** What a person says about a new environment, as options or answers; what is missing has a default. */
export interface Wishes {
  readonly name: string;
  readonly host?: string;
  readonly port?: string;
  readonly publish?: string;
  readonly tls?: "none" | "lets-encrypt" | "certificate" | "behind-proxy";
  readonly email?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly url?: string;
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
  const file = join(ENVIRONMENTS, `${decided.name}.yaml`);
  if (existsSync(file)) throw new Failure(`${file} exists`, "choose another name, or edit that file");
  const text = environmentText(decided, existsSync(join(ENVIRONMENTS, "schema.json")));
  const { diagnostics } = parseEnvironment(text, file);
  if (diagnostics.length > 0) {
    throw new Failure(`That makes no valid environment:\n${diagnostics.map(formatDiagnostic).join("\n")}`);
  }
  mkdirSync(ENVIRONMENTS, { recursive: true });
  const allProblems = () => loadEnvironments(ENVIRONMENTS).diagnostics.map(formatDiagnostic);
  const before = allProblems();
  writeFileSync(file, text, { flag: "wx" });
  // Two environments may not share a port or a name; only together can that be seen.
  const together = allProblems().filter((one) => !before.includes(one));
  if (together.length > 0) {
    rmSync(file);
    throw new Failure(`That does not go with the other environments:\n${together.join("\n")}`);
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
  const mode = wishes.tls ?? "none";
  const isPublic = mode === "lets-encrypt";
  return {
    name,
    host,
    port: Number(wishes.port ?? (isPublic ? 443 : freePort())),
    address: wishes.publish ?? (isPublic || mode === "certificate" ? "0.0.0.0" : "127.0.0.1"),
    tls: tlsOf(mode, wishes),
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

function tlsOf(mode: NonNullable<Wishes["tls"]>, wishes: Wishes): NewEnvironment["tls"] {
  const need = (value: string | undefined, option: string) => {
    if (!value) throw new Failure(`--tls ${mode} needs ${option}`);
    return value;
  };
  switch (mode) {
    case "none":
      return { mode };
    case "lets-encrypt":
      return { mode, email: need(wishes.email, "--email") };
    case "certificate":
      return { mode, certificateFile: need(wishes.certificate, "--certificate"), keyFile: need(wishes.key, "--key") };
    case "behind-proxy":
      return { mode, url: need(wishes.url, "--url") };
    default:
      throw new Failure(`There is no --tls ${mode}`, "none, lets-encrypt, certificate or behind-proxy");
  }
}
