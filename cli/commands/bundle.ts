import { type Command, InvalidArgumentError } from "commander";
import { createBundle, defaultOutput } from "../../operations/bundle/create";
import { readImageList } from "../../operations/bundle/images";
import { loadBundle } from "../../operations/bundle/load";
import { pushBundle } from "../../operations/bundle/push";
import { readEnvironmentFiles, readEnvironments, selectEnvironments } from "../../operations/environments";
import { PLATFORMS } from "../../operations/terraform/provider-lock";
import { findTerraform, Terraform } from "../../operations/terraform/terraform";
import type { Context } from "../context";
import { createInterruption } from "../interruption";
import { givenLogin, type LoginOptions } from "../login";
import { createdText, loadedText, pushedText } from "../render/bundle";
import { createProgress } from "../render/progress";
import { CA, PASSWORD_STDIN, USER, wholeNumber } from "./options";

interface CreateOptions {
  readonly platform: readonly string[];
  readonly output?: string;
  readonly providers?: string;
  readonly backupImage?: string;
  readonly image: readonly string[];
  readonly imageList?: string;
  readonly allPlatforms?: boolean;
}

interface PushFlags extends LoginOptions {
  readonly prefix?: string;
  readonly overwrite?: boolean;
  readonly dryRun?: boolean;
  readonly sha256?: string;
  readonly ca?: string;
}

interface LoadOptions {
  readonly sha256?: string;
  readonly port: number;
  readonly setMirror?: boolean;
}

export function define(command: Command, context: Context): void {
  command
    .command("create [environments...]")
    .description("write a bundle, of all environments when none is named; needs no Docker Engine")
    .option(
      "--platform <list>",
      "platforms of the engines and of the machines that run Terraform, separated by commas",
      platforms,
      ["linux/amd64"],
    )
    .option("--output <file>", "where to write it")
    .option("--providers <folder>", "take the providers from this mirror, not from where Terraform looks")
    .option("--backup-image <image>", "another image of rclone than the one that `backup` takes; none: without it")
    .option("--image <image>", "another image, for `bundle push`; may be given several times", collect, [])
    .option("--image-list <file>", "further images, one a line; # begins a comment")
    .option("--all-platforms", "include every platform of each image; every registry accepts such images")
    .action((names: string[], options: CreateOptions) => create(context, names, options));
  command
    .command("load <file>")
    .description("check a bundle, then bring its images to the engines and its files to this project")
    .option("--sha256 <sum>", "SHA-256 of the file, as `bundle create` printed it", sum)
    .option(
      "--port <port>",
      "port on the engine's loopback for a temporary registry; used only when the image store keeps digests of pulled images only",
      wholeNumber(1, 65535),
      5999,
    )
    .option("--set-mirror", "write images.mirror into the environment files that need it")
    .action((file: string, options: LoadOptions) => load(context, file, options));
  command
    .command("push <environment> <file>")
    .description(
      "bring the images of a bundle into a running registry, for other hosts to pull; what it has is not sent again",
    )
    .option("--prefix <path>", "path before the repository names there", prefix)
    .option("--overwrite", "move tags that name other images there")
    .option("--dry-run", "only say what would be sent")
    .option("--sha256 <sum>", "SHA-256 of the file, as `bundle create` printed it", sum)
    .option(...USER)
    .option(...PASSWORD_STDIN)
    .option(...CA)
    .action((name: string, file: string, flags: PushFlags) => push(context, name, file, flags));
}

async function create({ io, process }: Context, names: readonly string[], options: CreateOptions): Promise<void> {
  const { env: variables } = process;
  const interruption = createInterruption(process, io);
  const environments = selectEnvironments(readEnvironments(), names);
  const output = options.output ?? defaultOutput();
  const { backupImage, allPlatforms } = options;
  const images = [...options.image, ...(options.imageList ? readImageList(options.imageList) : [])];
  const created = await createBundle({
    ...{ environments, files: readEnvironmentFiles(), platforms: options.platform, output, variables, interruption },
    ...{ providers: options.providers, images, allPlatforms },
    rclone: backupImage === "none" ? "" : backupImage,
    terraform: new Terraform(findTerraform(variables), variables, undefined, interruption),
    progress: createProgress(io),
  });
  io.out(`${created.sha256}  ${output}`);
  io.err(createdText(output, created));
}

async function load({ io, process }: Context, file: string, options: LoadOptions): Promise<void> {
  const loaded = await loadBundle({
    ...{ file, ...options, variables: process.env },
    progress: createProgress(io),
    interruption: createInterruption(process, io),
  });
  io.out(loadedText(loaded, io.style));
}

async function push({ io, process }: Context, name: string, file: string, flags: PushFlags): Promise<void> {
  const { prefix, overwrite, dryRun, sha256, ca } = flags;
  const pushed = await pushBundle(name, {
    ...{ file, sha256, prefix, overwrite, dryRun, ca, variables: process.env },
    login: await givenLogin(process, flags),
    progress: createProgress(io),
    interruption: createInterruption(process, io),
  });
  if (!dryRun) io.out(pushedText(pushed, prefix));
}

const collect = (one: string, before: readonly string[]) => [...before, one];

function platforms(text: string): string[] {
  const given = [...new Set(text.split(","))].sort();
  const known = PLATFORMS.map((one) => one.replace("_", "/"));
  const unknown = given.filter((one) => !known.includes(one));
  if (unknown.length > 0) throw new InvalidArgumentError(`It must be of ${known.join(", ")}.`);
  if (!given.some((one) => one.startsWith("linux/")))
    throw new InvalidArgumentError("One must be Linux: the images are.");
  return given;
}

function prefix(text: string): string {
  const part = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
  if (!new RegExp(`^${part}(?:/${part})*$`).test(text))
    throw new InvalidArgumentError("It must be lower-case words with slashes between, e.g. hub or team/hub.");
  return text;
}

function sum(text: string): string {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new InvalidArgumentError("It must be 64 hex digits.");
  return text;
}
