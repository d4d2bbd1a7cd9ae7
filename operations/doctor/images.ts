import type Docker from "dockerode";
import type { Environment } from "../../config";
import { RegistryImages } from "../../constructs/images";
import { watchersOf } from "../../constructs/monitoring/options";
import { storageServer } from "../../stacks";
import { rcloneImage } from "../backup/image";
import { aBundle } from "../bundle/remedy";
import type { DockerConnection } from "../docker/docker";
import { messageOf } from "../docker/failure";
import { engineName, hasImage, shortName } from "../docker/images";
import { registryLogin } from "../docker/login";
import type { Variables } from "../terraform/terraform";
import { failed, type Outcome, passed, warning } from "../verify/check";

/** For one answer of a registry, through the engine. */
const LIMIT_MS = 10_000;

/** What a registry says, by the engine, of something that it does not have. */
const ABSENT = /manifest unknown|name unknown|not found|no such manifest|HTTP 404 response/i;

/**
 * Whether the images are on the host; those that are not, whether their registry or mirror really has each one. The engine asks, since
 * it is the engine that pulls: with its own network, proxy and trust.
 */
export async function checkImages(
  { client }: Pick<DockerConnection, "client">,
  environment: Environment,
  variables: Variables,
  limitMs = LIMIT_MS,
): Promise<Outcome> {
  const { distribution, ui, tokenServer, ...others } = new RegistryImages(environment.images);
  const copier = environment.backup ? rcloneImage(environment) : undefined;
  const watching = watchersOf(environment.monitoring).map((noun) => others[noun]);
  const page = environment.ui && ui;
  const tokens = environment.access && tokenServer;
  const server = storageServer(environment)?.image;
  const wanted = [distribution, server, copier, ...watching, page, tokens].filter(Boolean).map(String);
  const missing: string[] = [];
  for (const image of wanted) if (!(await hasImage(client, image))) missing.push(image);
  if (missing.length === 0) return passed(wanted.length === 1 ? "it is on the host" : "all are on the host");
  const problems = await Promise.all(missing.map((image) => ask(client, image, variables, limitMs)));
  const names = missing.map(shortName).join(", ");
  const found = problems.filter((one) => one !== undefined);
  if (found.length === 0) return passed(`to be pulled: ${names}; where they are pulled from has them`);
  const lacks = found.filter(({ isAbsent }) => isAbsent);
  if (lacks.length > 0) {
    return failed(
      lacks.map(({ text }) => text).join("; "),
      "fill the mirror with them, all platforms (docs/guides/mirrors.md), or set images.mirror to another one",
    );
  }
  return warning(
    `to be pulled: ${names}; ${found.map(({ text }) => text).join("; ")}`,
    `without a way out to their registry, set images.mirror, or ${aBundle(environment.name)}`,
  );
}

interface Problem {
  readonly text: string;
  readonly isAbsent: boolean;
}

/** What speaks against pulling an image; nothing when its registry has it. */
async function ask(client: Docker, image: string, variables: Variables, limitMs: number): Promise<Problem | undefined> {
  const authconfig = await registryLogin(image, variables);
  try {
    await within(limitMs, client.getImage(engineName(image)).distribution({ authconfig }));
    return undefined;
  } catch (error) {
    const message = messageOf(error)
      .replace(/^\(HTTP code \d+\) [\w ]+ - /, "")
      .trim();
    return ABSENT.test(message)
      ? { text: `${image} is not there: ${message}`, isAbsent: true }
      : { text: `${shortName(image)} could not be asked for: ${message}`, isAbsent: false };
  }
}

function within<T>(ms: number, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms / 1000} s`)), ms);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
