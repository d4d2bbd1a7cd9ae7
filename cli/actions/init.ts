import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatDiagnostic, loadEnvironments, parseEnvironment } from "../../config";
import { command } from "../../operations/command";
import { Failure } from "../../operations/failure";
import { environmentText, type NewEnvironment } from "../../operations/new-environment";
import type { InitOptions } from "../commands/start";
import type { Context } from "../context";

const FOLDER = "environments";

type Answers = Omit<InitOptions, "protect"> & { protect: boolean };

export async function init(context: Context, options: InitOptions): Promise<void> {
  const { io } = context;
  const answers: Answers = options.name === undefined ? await ask(context, options) : options;
  const decided = decide(answers);
  const file = join(FOLDER, `${decided.name}.yaml`);
  if (existsSync(file)) throw new Failure(`${file} exists`, "choose another name, or edit that file");
  const text = environmentText(decided, existsSync(join(FOLDER, "schema.json")));
  const { diagnostics } = parseEnvironment(text, file);
  if (diagnostics.length > 0) {
    throw new Failure(`That makes no valid environment:\n${diagnostics.map(formatDiagnostic).join("\n")}`);
  }
  mkdirSync(FOLDER, { recursive: true });
  const problems = () => loadEnvironments(FOLDER).diagnostics.map(formatDiagnostic);
  const before = problems();
  writeFileSync(file, text, { flag: "wx" });
  // Two environments may not share a port or a name; only together can that be seen.
  const together = problems().filter((one) => !before.includes(one));
  if (together.length > 0) {
    rmSync(file);
    throw new Failure(`That does not go with the other environments:\n${together.join("\n")}`);
  }
  io.out(file);
  io.err(`Next: ${command("doctor", decided.name)}, then ${command("up", decided.name)}`);
}

/** Asks for what the options do not say. */
async function ask({ io }: Context, options: InitOptions): Promise<Answers> {
  if (!io.interactive)
    throw new Failure(
      "No terminal to ask on: nothing was written",
      `pass the name, and what else differs: ${command("init", "NAME", "--help")}`,
    );
  const { confirm, input, select } = await import("@inquirer/prompts");
  const text = (message: string, fallback?: string) => input({ message, default: fallback, required: true });
  const name = await text("Name of the environment", "local");
  const host = options.host ?? (await text("Name that clients use", "localhost"));
  const tls =
    options.tls ??
    (await select({
      message: "How are connections encrypted?",
      default: host === "localhost" ? "none" : "lets-encrypt",
      choices: [
        { value: "lets-encrypt" as const, name: "Let's Encrypt: a public name, port 443 open to the internet" },
        { value: "certificate" as const, name: "a certificate of yours, from files" },
        { value: "behind-proxy" as const, name: "by a proxy in front" },
        { value: "none" as const, name: "not at all: this machine only" },
      ],
    }));
  const docker = options.docker ?? (await text("Docker Engine", "unix:///var/run/docker.sock"));
  return {
    ...options,
    name,
    host,
    tls,
    docker,
    email: options.email ?? (tls === "lets-encrypt" ? await text("E-mail address for problems") : undefined),
    certificate:
      options.certificate ??
      (tls === "certificate" ? await text("PEM file with the certificate and its chain") : undefined),
    key: options.key ?? (tls === "certificate" ? await text("PEM file with its key") : undefined),
    url: options.url ?? (tls === "behind-proxy" ? await text("URL that clients use", `https://${host}`) : undefined),
    port: options.port ?? (tls === "lets-encrypt" ? "443" : await text("Port on the Docker host", String(freePort()))),
    ...(await askForStorage(options)),
    protect:
      options.protect &&
      (await confirm({ message: "Protect the images from being destroyed?", default: tls !== "none" })),
  };
}

/** Where the images are kept: here, or in a bucket that somebody else runs. */
async function askForStorage({ s3Bucket, s3Region, s3Endpoint }: InitOptions): Promise<Partial<Answers>> {
  const { input, select } = await import("@inquirer/prompts");
  const isS3 =
    s3Bucket !== undefined ||
    (await select({
      message: "Where are the images kept?",
      choices: [
        { value: false, name: "in RustFS, on a volume of the Docker host" },
        { value: true, name: "in a bucket of an S3 service of yours" },
      ],
    }));
  if (!isS3) return {};
  const endpoint = s3Endpoint ?? (await input({ message: "URL of the S3 service (empty: AWS)" }));
  return {
    s3Bucket: s3Bucket ?? (await input({ message: "Bucket, which must exist", required: true })),
    s3Region: s3Region ?? (await input({ message: "Region", default: "us-east-1", required: true })),
    s3Endpoint: endpoint || undefined,
  };
}

function decide(answers: Answers): NewEnvironment {
  const { name = "", host = "localhost", protect, mirror, docker } = answers;
  const mode = answers.tls ?? "none";
  const isPublic = mode === "lets-encrypt";
  return {
    name,
    host,
    port: Number(answers.port ?? (isPublic ? 443 : freePort())),
    address: answers.publish ?? (isPublic || mode === "certificate" ? "0.0.0.0" : "127.0.0.1"),
    tls: tlsOf(mode, answers),
    dockerHost: docker === "unix:///var/run/docker.sock" ? undefined : docker,
    mirror,
    s3: s3Of(answers),
    protect,
  };
}

function s3Of({
  s3Bucket: bucket,
  s3Region: region = "us-east-1",
  s3Endpoint: endpoint,
}: Answers): NewEnvironment["s3"] {
  if (bucket) return { bucket, region, endpoint };
  if (endpoint) throw new Failure("--s3-endpoint needs --s3-bucket");
  return undefined;
}

function tlsOf(mode: NonNullable<InitOptions["tls"]>, answers: Answers): NewEnvironment["tls"] {
  const need = (value: string | undefined, option: string) => {
    if (!value) throw new Failure(`--tls ${mode} needs ${option}`);
    return value;
  };
  switch (mode) {
    case "none":
      return { mode };
    case "lets-encrypt":
      return { mode, email: need(answers.email, "--email") };
    case "certificate":
      return {
        mode,
        certificateFile: need(answers.certificate, "--certificate"),
        keyFile: need(answers.key, "--key"),
      };
    case "behind-proxy":
      return { mode, url: need(answers.url, "--url") };
    default:
      throw new Failure(`There is no --tls ${mode}`, "none, lets-encrypt, certificate or behind-proxy");
  }
}

/** The first port from 5000 that no environment file here publishes on. */
function freePort(): number {
  const taken = new Set(loadEnvironments(FOLDER).environments.map(({ registry }) => registry.publish.port));
  let port = 5000;
  while (taken.has(port)) port += 1;
  return port;
}
