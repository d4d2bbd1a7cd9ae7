import { type Command, Option } from "commander";
import type { Context } from "../context";

export interface DoctorOptions {
  readonly json?: boolean;
}

export interface InitOptions {
  readonly name?: string;
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
  /** `--no-protect` */
  readonly protect: boolean;
}

/** `doctor` and `init`: before there is anything. */
export function addStartCommands(program: Command, context: Context): void {
  program
    .command("doctor [environment]")
    .description("what this machine has and lacks, each with the fix; exits 1 only for what would stop `up`")
    .option("--json", "print the checks as JSON")
    .action(async (name: string | undefined, options: DoctorOptions) =>
      (await import("../actions/doctor.js")).doctor(context, name, options),
    );

  program
    .command("init [environment]")
    .description("write a new environment file, by a few questions; with a name, by these options only")
    .addOption(new Option("--name <environment>", "as the argument").hideHelp())
    .option("--host <name>", "name that clients use (localhost)")
    .option("--port <number>", "port on the Docker host (a free one from 5000; 443 with lets-encrypt)")
    .option("--publish <address>", "address on the Docker host (127.0.0.1; 0.0.0.0 with lets-encrypt)")
    .option("--tls <mode>", "none, lets-encrypt, certificate or behind-proxy (none)")
    .option("--email <address>", "for lets-encrypt: whom to tell about problems")
    .option("--certificate <file>", "for certificate: PEM file with the chain")
    .option("--key <file>", "for certificate: PEM file with the key")
    .option("--url <url>", "for behind-proxy: the URL that clients use")
    .option("--docker <host>", "unix://, tcp:// or ssh://[USER@]HOST (this machine's engine)")
    .option("--mirror <prefix>", "mirror that the images come from (Docker Hub)")
    .option("--s3-bucket <name>", "keep the images in this bucket of an S3 service of yours (RustFS, on a volume)")
    .option("--s3-region <region>", "for --s3-bucket (us-east-1)")
    .option("--s3-endpoint <url>", "for --s3-bucket: the service's URL (AWS)")
    .option("--no-protect", "let `down` destroy the images, for trying things out")
    .action(async (name: string | undefined, options: InitOptions) =>
      (await import("../actions/init.js")).init(context, { ...options, name: name ?? options.name }),
    );
}
