import { type Command, Option } from "commander";
import { DEFAULT_REGION } from "../../constructs/values/defaults";
import { command as remedy } from "../../operations/command";
import { createEnvironment, freePort, type Wishes } from "../../operations/create-environment";
import { Failure } from "../../operations/failure";
import { TLS_CHOICES, TLS_NAMES, type TlsName, type TlsWishes, tlsChoice } from "../../operations/new-tls";
import type { Context } from "../context";

type Options = Omit<Wishes, "name"> & { readonly name?: string };

export function define(command: Command, context: Context): void {
  const { io } = context;
  command
    .addOption(new Option("--name <environment>", "as the argument").hideHelp())
    .option("--host <name>", "name that clients use (default: localhost)")
    .option("--port <number>", "port on the Docker host (default: a free one from 5000; 443 with lets-encrypt)")
    .option(
      "--publish <address>",
      "address on the Docker host (default: 127.0.0.1; 0.0.0.0 with lets-encrypt and certificate)",
    )
    .option("--tls <mode>", `${TLS_NAMES} (default: none)`)
    .option("--email <address>", "for lets-encrypt: whom to tell about problems")
    .option("--certificate <file>", "for certificate: PEM file with the chain")
    .option("--key <file>", "for certificate: PEM file with the key")
    .option("--url <url>", "for behind-proxy: the URL that clients use")
    .option("--docker <host>", "unix://, tcp:// or ssh://[USER@]HOST (default: this machine's engine)")
    .option("--mirror <prefix>", "mirror that the images come from (default: Docker Hub)")
    .option(
      "--s3-bucket <name>",
      "keep the images in this bucket of an S3 service of yours (default: RustFS, on a volume)",
    )
    .option("--s3-region <region>", "for --s3-bucket (default: us-east-1)")
    .option("--s3-endpoint <url>", "for --s3-bucket: the service's URL (default: AWS)")
    .option("--no-protect", "let `down` destroy the images, for trying things out")
    .action(async (argument: string | undefined, options: Options) => {
      const name = argument ?? options.name;
      const wishes = name === undefined ? await ask(context, options) : { ...options, name };
      io.out(createEnvironment(wishes));
      io.err(`Next: ${remedy("doctor", wishes.name)}, then ${remedy("up", wishes.name)}`);
    });
}

const QUESTIONS: Readonly<Record<keyof TlsWishes, string>> = {
  email: "E-mail address for problems",
  certificate: "PEM file with the certificate and its chain",
  key: "PEM file with its key",
  url: "URL that clients use",
};

/** Asks for what the options do not say. */
async function ask({ io }: Context, options: Options): Promise<Wishes> {
  if (!io.interactive)
    throw new Failure(
      "No terminal to ask on: nothing was written",
      `pass a name, and an option for each value that is not the default: ${remedy("init", "NAME", "--help")} lists them`,
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
      choices: Object.entries(TLS_CHOICES).map(([value, { title }]) => ({ value: value as TlsName, name: title })),
    }));
  const docker = options.docker ?? (await text("Docker Engine", "unix:///var/run/docker.sock"));
  const { needs, port } = tlsChoice(tls);
  const answers: Record<string, string> = {};
  for (const need of needs)
    answers[need] = options[need] ?? (await text(QUESTIONS[need], need === "url" ? `https://${host}` : undefined));
  return {
    ...options,
    name,
    host,
    tls,
    docker,
    ...answers,
    port:
      options.port ?? (port === undefined ? await text("Port on the Docker host", String(freePort())) : String(port)),
    ...(await askForStorage(options)),
    protect:
      options.protect &&
      (await confirm({ message: "Protect the images from being destroyed?", default: tls !== "none" })),
  };
}

/** Where the images are kept: here, or in a bucket that somebody else runs. */
async function askForStorage({ s3Bucket, s3Region, s3Endpoint }: Options): Promise<Partial<Wishes>> {
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
    s3Region: s3Region ?? (await input({ message: "Region", default: DEFAULT_REGION, required: true })),
    s3Endpoint: endpoint || undefined,
  };
}
