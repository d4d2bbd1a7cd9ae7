import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { splitName } from "../../constructs/values/image-reference";
import type { Variables } from "../terraform/terraform";

export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
  readonly serveraddress: string;
}

interface DockerConfig {
  readonly auths?: Readonly<Record<string, { readonly auth?: string }>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

const DOCKER_HUB = "https://index.docker.io/v1/";

/** The login that `docker login` left for an image's registry, from Docker's configuration or its helper; none: pull as anybody. */
export async function registryLogin(image: string, variables: Variables): Promise<RegistryLogin | undefined> {
  const config = readConfig(variables);
  const server = serverOf(image);
  const helper = config.credHelpers?.[server] ?? config.credsStore;
  const stored = helper ? await askHelper(helper, server) : undefined;
  if (stored) return stored;
  const auth = config.auths?.[server]?.auth ?? config.auths?.[`https://${server}`]?.auth;
  if (!auth) return undefined;
  const [username = "", ...password] = Buffer.from(auth, "base64").toString("utf8").split(":");
  return { username, password: password.join(":"), serveraddress: server };
}

/** The registry's name, as Docker's configuration writes it. */
function serverOf(image: string): string {
  return splitName(image).domain ?? DOCKER_HUB;
}

function readConfig({ DOCKER_CONFIG, HOME }: Variables): DockerConfig {
  try {
    return JSON.parse(readFileSync(join(DOCKER_CONFIG ?? join(HOME ?? homedir(), ".docker"), "config.json"), "utf8"));
  } catch {
    return {};
  }
}

/** A helper answers on standard output; what it is asked for comes on standard input. */
function askHelper(helper: string, server: string): Promise<RegistryLogin | undefined> {
  return new Promise((resolve) => {
    const child = execFile(`docker-credential-${helper}`, ["get"], { timeout: 10_000 }, (error, stdout) => {
      try {
        const { Username, Secret } = JSON.parse(stdout);
        resolve(error ? undefined : { username: Username, password: Secret, serveraddress: server });
      } catch {
        resolve(undefined);
      }
    });
    child.stdin?.on("error", () => {}).end(server);
  });
}
