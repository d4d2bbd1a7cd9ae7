import type { Environment } from "../../config";
import { clientAddress, clientUrl } from "../../stacks";
import { command } from "../command";
import { readEnvironment } from "../environments";
import { Failure } from "../failure";
import { type Interruption, stopIfAsked } from "../interruption";
import { megabytes } from "../megabytes";
import { inStage, type Progress, type Stage } from "../progress";
import { RegistryClient } from "../registry/client";
import { type Login, readLogin } from "../registry/login";
import type { Variables } from "../terraform/terraform";
import { privateAuthorities, trustedAuthorities } from "../tls/authorities";
import { reason } from "../verify/check";
import { type Archive, openChecked } from "./archive";
import { blobPath } from "./contents";
import { checkPlan, missingBytes, type PlannedImage, type PushPlan, planPush } from "./push-plan";

export interface PushOptions {
  readonly file: string;
  /** Of the whole file. @default - only what the bundle says of itself is compared */
  readonly sha256?: string;
  /** What repository names begin with. @default - they are the images' own */
  readonly prefix?: string;
  /** Move tags that name other images. @default false */
  readonly overwrite?: boolean;
  /** Send nothing. @default false */
  readonly dryRun?: boolean;
  /** @default - the user that `secrets init` made */
  readonly login?: Login;
  /** PEM file of a private CA to trust. @default - none */
  readonly ca?: string;
  /** Before a second attempt. @default 1_000 */
  readonly pauseMs?: number;
  readonly variables: Variables;
  readonly progress: Progress;
  readonly interruption: Interruption;
}

export interface PushedBundle {
  /** Host and port, as image names begin. */
  readonly address: string;
  readonly images: readonly PlannedImage[];
  /** Bytes of layers and configurations. */
  readonly sent: number;
}

/** Brings the images of a bundle into a registry that runs; what it has is not sent again. @throws Failure */
export async function pushBundle(name: string, options: PushOptions): Promise<PushedBundle> {
  const { progress, interruption } = options;
  const environment = readEnvironment(name);
  refuseUnfit(environment);
  const archive = await openChecked(options.file, options.sha256, progress);
  const url = clientUrl(environment);
  const client = clientOf(environment, url, options);
  await firstAnswer(client, url, name);
  const plan = await inStage(progress, "compare", async (stage) => {
    const upload = { client, signal: interruption.gentle, remedies: remediesOf(name), pauseMs: options.pauseMs };
    const value = await planPush(archive, options.prefix ?? "", upload, (image) => stage.line(planText(image)));
    return { value, result: `${value.images.length} images, ${megabytes(missingBytes(value.images))} to send` };
  });
  checkPlan(plan, environment, options.overwrite === true);
  const sent = options.dryRun ? 0 : await send(archive, plan, options);
  return { address: clientAddress(environment), images: plan.images, sent };
}

function refuseUnfit({ name, registry }: Environment): void {
  if (registry.proxy || registry.configuration?.proxy)
    throw new Failure(
      `${name} is a pull-through cache: it takes no pushes`,
      "name the environment of another registry",
    );
  if (registry.readOnly)
    throw new Failure(`${name} is read-only`, `registry.readOnly: false in its file, then: ${command("up", name)}`);
}

function clientOf(environment: Environment, url: string, { login, ca, variables, interruption }: PushOptions) {
  const own = url.startsWith("https:") ? privateAuthorities(url, ca ? [ca] : []) : undefined;
  return new RegistryClient({
    url,
    login: login ?? readLogin(environment.name, variables),
    ca: own && trustedAuthorities(own),
    timeoutMs: 60_000,
    signal: interruption.gentle,
  });
}

/** Before anything is compared: is that a registry, and may we? @throws Failure */
async function firstAnswer(client: RegistryClient, url: string, name: string): Promise<void> {
  const answer = await client.request("GET", "/v2/").catch((error: Error) => {
    throw new Failure(
      `${url} does not answer: ${reason(error)}`,
      `${command("verify", name)} says why; --ca FILE names a private CA`,
    );
  });
  if (answer.status === 401) throw new Failure(`${url} refuses the login`, remediesOf(name).login);
  if (answer.status !== 200) throw new Failure(`${url}/v2/ answers HTTP ${answer.status}`, command("verify", name));
}

const remediesOf = (name: string) => ({
  login: `a user who may push: --user NAME --password-stdin; ${command("users list", name)} names them`,
  readOnly: `it is read-only while gc or restore runs: run it again afterwards; ${command("status", name)} says so`,
});

/** `registry:3.1.2 → library/registry:3.1.2  20.1 MB, there`. */
function planText({ image, upload, tag, tagged, bytes, blobs, manifests }: PlannedImage): string {
  const missing = blobs.reduce((sum, { size }) => sum + size, 0);
  const isTagged = tagged === image.digest;
  const state =
    missing > 0
      ? `${megabytes(missing)} to send`
      : manifests.length > 0
        ? "its manifest to send"
        : isTagged
          ? "there"
          : "the tag to write";
  const moves = tagged !== undefined && !isTagged ? `, the tag is at ${tagged}` : "";
  return `${image.name.replace(/@.*/, "")} → ${upload.repository}:${tag}  ${megabytes(bytes)}, ${state}${moves}`;
}

async function send(archive: Archive, { images, holders }: PushPlan, { progress, interruption }: PushOptions) {
  const whole = missingBytes(images);
  return inStage(progress, "push", async (stage) => {
    const release = interruption.trap?.();
    let sent = 0;
    try {
      for (const image of images)
        sent += await sendImage(archive, image, holders, interruption, told(stage, sent, whole));
    } catch (error) {
      stopIfAsked(interruption, STAYS);
      throw error;
    } finally {
      release?.();
    }
    return { value: sent, result: sent > 0 ? megabytes(sent) : "nothing was to send" };
  });
}

const STAYS = "What was sent stays; run it again to go on from there.";

const told = (stage: Stage, before: number, whole: number) => (image: PlannedImage, bytes: number) =>
  stage.now(`${megabytes(before + bytes)} of ${megabytes(whole)}: ${image.upload.repository}`);

/** Layers first, what names them afterwards, the tag last: what is there is whole at every moment. */
async function sendImage(
  archive: Archive,
  image: PlannedImage,
  holders: Map<string, string>,
  interruption: Interruption,
  onProgress: (image: PlannedImage, bytes: number) => void,
): Promise<number> {
  const { upload, blobs, manifests, root, tag, tagged } = image;
  let sent = 0;
  for (const { digest, size } of blobs) {
    stopIfAsked(interruption, STAYS);
    const part = (from: number, to: number) => archive.part(blobPath(digest), from, to);
    const before = sent;
    sent += await upload.blob({ digest, size, part }, holders.get(digest), (at) => onProgress(image, before + at));
    holders.set(digest, upload.repository);
  }
  for (const { digest, mediaType } of manifests) {
    if (digest === root.digest) continue;
    await upload.manifest(digest, mediaType, await archive.read(blobPath(digest)));
  }
  if (manifests.some(({ digest }) => digest === root.digest) || tagged !== root.digest)
    await upload.manifest(tag, root.mediaType, await archive.read(blobPath(root.digest)));
  return sent;
}
