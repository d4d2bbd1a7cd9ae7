import type { Environment } from "../config";
import { connectDocker, type DockerConnection, dockerHostName } from "./docker";
import type { Login } from "./login";
import { portOwner } from "./port-owner";
import { RegistryClient } from "./registry-client";
import type { Secrets } from "./secrets-file";
import type { Variables } from "./terraform";
import { checkLogin, checkReachable, checkRefusals } from "./verify/access";
import { checkCertificate, checkName, trustedAuthorities } from "./verify/certificate";
import { type Check, Checks, failed, skipped } from "./verify/check";
import { checkExposure, type ExposureExpectations } from "./verify/exposure";
import { checkInside } from "./verify/inside";
import { checkRoundTrip, type RoundTripExpectations } from "./verify/round-trip";

/** What clients see of a registry, and what they should. */
export interface OutsideExpectations {
  /** Scheme, host and port that clients use. */
  readonly url: string;
  /** @default - nobody: what needs a login is skipped */
  readonly login?: Login;
  /** PEM files of CAs to trust besides the usual ones. @default - none */
  readonly caFiles?: readonly string[];
  readonly roundTrip: RoundTripExpectations;
  readonly isIssuedOnDemand: boolean;
  readonly isBehindProxy: boolean;
  /** @default - the registry's machine is this one */
  readonly dockerHost?: string;
  /** @default - storage is somebody else's */
  readonly exposure?: ExposureExpectations;
}

/** Looks from the outside, as a client does. A password never goes over a connection whose certificate does not hold. */
export async function verifyOutside(checks: Checks, expected: OutsideExpectations): Promise<void> {
  const { url, login } = expected;
  const isTls = url.startsWith("https:");
  const ca = isTls ? trustedAuthorities(url, expected.caFiles) : undefined;
  await checkName(checks, { ...expected, ca: ca ?? [] });
  const isTrusted = !isTls || (await checkCertificate(checks, { ...expected, ca: ca ?? [] }));
  const client = new RegistryClient({ url, login, ca, insecure: !isTrusted });
  const answers = await checkReachable(checks, client, url);
  if (answers) {
    await checkRefusals(checks, client, login?.user ?? "admin");
    const canLogIn = isTrusted
      ? await checkLogin(checks, client, login)
      : await checks.run("login", "a user can log in", () =>
          skipped("no password goes over a connection that cannot be trusted"),
        );
    if (canLogIn && login) await checkRoundTrip(checks, client, expected.roundTrip);
  }
  if (expected.exposure) await checkExposure(checks, expected.exposure);
}

export interface VerifyOptions {
  readonly environment: Environment;
  readonly url: string;
  readonly variables: Variables;
  readonly secrets: Secrets;
  readonly login?: Login;
  readonly caFiles?: readonly string[];
  /** Hears of each check as soon as it is done. @default - nobody */
  readonly onCheck?: (check: Check) => void;
}

/** Proves a running registry from both sides. Changes nothing that stays, apart from a repository name in the catalogue. */
export async function verify(options: VerifyOptions): Promise<readonly Check[]> {
  const { environment, url, variables, login, secrets } = options;
  const checks = new Checks(options.onCheck);
  const connection = await connectDocker(environment.docker, variables).catch((error: Error) => error);
  const docker = connection instanceof Error ? undefined : connection;
  await verifyOutside(checks, {
    url,
    login,
    caFiles: options.caFiles,
    roundTrip: {
      delete: environment.registry.delete,
      readOnly: environment.registry.readOnly,
      pullThrough: environment.registry.proxy !== undefined,
    },
    isIssuedOnDemand: environment.registry.tls.mode === "lets-encrypt",
    isBehindProxy: environment.registry.tls.mode === "behind-proxy",
    dockerHost: dockerHostName(environment.docker.host),
    exposure: environment.storage.rustfs && exposureOf(environment, url, docker),
  });
  if (docker) {
    const visible = { ...secrets, ...(login && { "the login's password": login.password }) };
    await checkInside(checks, docker, { environment, secrets: visible });
  } else {
    await checks.run("docker", "Docker answers, for a look from inside", () => failed((connection as Error).message));
  }
  return checks.all;
}

function exposureOf({ name, docker: { host }, storage }: Environment, url: string, docker?: DockerConnection) {
  const { bucket = "registry", s3Publish, console } = storage.rustfs ?? {};
  return {
    host: dockerHostName(host) ?? new URL(url).hostname.replace(/^\[|\]$/g, ""),
    ports: [
      { id: "s3", usual: 9000, published: s3Publish },
      { id: "console", usual: 9001, published: console },
    ],
    bucket,
    ownerOf: docker && ((port: number) => portOwner(docker, port)),
    own: [`${name}-rustfs`],
  } satisfies ExposureExpectations;
}
