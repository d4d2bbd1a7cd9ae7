import type { Environment } from "../../config";
import type { StorageServer } from "../../constructs";
import { RegistryImages } from "../../constructs/images";
import { objectName } from "../../constructs/values/object-names";
import { publishedAddresses } from "../../constructs/values/publish";
import { registryTls, storageServer } from "../../stacks";
import { runInContainer } from "../docker/container-exec";
import { tailOf } from "../docker/container-logs";
import type { DockerConnection } from "../docker/docker";
import { engineName } from "../docker/images";
import { portOwner } from "../docker/port-owner";
import { machineOf } from "../docker/ssh-host";
import { Failure } from "../failure";
import { whileReachable } from "../kubernetes/port-forward";
import { RegistryClient } from "../registry/client";
import type { Login } from "../registry/login";
import { connect, isDocker, isKubernetes } from "../runtime/connect";
import type { Secrets } from "../secrets/file";
import type { Variables } from "../terraform/terraform";
import { askDirectory } from "../tls/acme-question";
import { privateAuthorities, trustedAuthorities } from "../tls/authorities";
import type { TlsSubject } from "../tls/check";
import { checkLogin, checkReachable, checkRefusals } from "./access";
import { checkCertificate, checkName, type NameExpectations } from "./certificate";
import { type Check, Checks, failed, skipped } from "./check";
import { checkExposure, type ExposureExpectations } from "./exposure";
import { checkInside } from "./inside";
import { checkInsideKubernetes } from "./inside-kubernetes";
import { checkPage } from "./page";
import { type PageReach, pageReach } from "./page-reach";
import { checkRoundTrip, type RoundTripExpectations } from "./round-trip";

/** What clients see of a registry, and what they should. */
export interface OutsideExpectations {
  /** Scheme, host and port that clients use. */
  readonly url: string;
  /** @default - nobody: what needs a login is skipped */
  readonly login?: Login;
  /** PEM files of CAs to trust besides the usual ones. @default - none */
  readonly caFiles?: readonly string[];
  readonly roundTrip: RoundTripExpectations;
  /** How TLS is meant to be, and where to find out why it is not. */
  readonly tls: TlsSubject;
  /** Where the name should lead. @default - anywhere: a proxy is in front, or nothing is known */
  readonly name?: NameExpectations;
  /** The page to browse. @default - none */
  readonly page?: PageReach;
  /** @default - storage is somebody else's */
  readonly exposure?: ExposureExpectations;
}

/** Of a request of a push. Several busy RustFS were seen to need more than 15 s, and clients wait. */
const PUSH_MS = 60_000;

/** Looks from the outside, as a client does. A password never goes over a connection whose certificate does not hold. */
export async function verifyOutside(checks: Checks, expected: OutsideExpectations): Promise<void> {
  const { url, login } = expected;
  const isTls = url.startsWith("https:");
  const own = isTls ? privateAuthorities(url, expected.caFiles) : [];
  const ca = isTls ? trustedAuthorities(own) : undefined;
  await checkName(checks, url, expected.name);
  const isTrusted = !isTls || (await checkCertificate(checks, url, own, expected.tls));
  const connection = { url, login, ca, insecure: !isTrusted };
  const client = new RegistryClient(connection);
  const answers = await checkReachable(checks, client, url);
  if (answers) {
    await checkRefusals(checks, client, login?.user ?? "admin");
    const canLogIn = isTrusted
      ? await checkLogin(checks, client, login)
      : await checks.run("login", "a user can log in", () =>
          skipped("no password goes over a connection that cannot be trusted"),
        );
    const patient = new RegistryClient({ ...connection, timeoutMs: PUSH_MS });
    if (canLogIn && login) await checkRoundTrip(checks, patient, expected.roundTrip);
  }
  if (expected.page) await checkPage(checks, { insecure: !isTrusted, ...expected.page }, ca);
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
  /** Hears what is waited for. @default - nobody */
  readonly onProgress?: (text: string) => void;
}

/** Proves a running registry from both sides. Changes nothing that stays, apart from a repository name in the catalogue. */
export async function verify(options: VerifyOptions): Promise<readonly Check[]> {
  const { environment, url, variables, login, secrets } = options;
  const checks = new Checks(options.onCheck, environment.name);
  const connection = await connect(environment, variables).catch((error: Error) => error);
  const docker = !(connection instanceof Error) && isDocker(connection) ? connection : undefined;
  const server = storageServer(environment);
  const settings = environment.docker;
  const behindProxy = registryTls(environment).endedBy === "proxy";
  const machine = settings && (await machineOf(settings.host, settings.sshOptions));
  const outside = {
    url,
    login,
    caFiles: options.caFiles,
    roundTrip: {
      delete: environment.registry.delete,
      readOnly: environment.registry.readOnly,
      pullThrough: environment.registry.proxy !== undefined,
      behindProxy,
    },
    tls: { ...tlsOf(environment, docker), onProgress: options.onProgress },
    name:
      behindProxy || environment.kubernetes
        ? undefined
        : { dockerHost: machine, published: publishedAddresses(environment.registry.publish) },
    page: pageReach(environment, machine),
    exposure: server && settings && exposureOf(server, url, machine, docker),
  } satisfies OutsideExpectations;
  const visible = { ...secrets, ...(login && { "the login's password": login.password }) };
  if (connection instanceof Error) {
    await verifyOutside(checks, outside);
    const { kubernetes } = environment;
    await checks.run(
      kubernetes ? "kubernetes" : "docker",
      `${kubernetes ? "the cluster" : "Docker"} answers, for a look from inside`,
      () => failed(connection.message, connection instanceof Failure ? connection.remedy : undefined),
    );
    return checks.all;
  }
  await whileReachable(environment, connection, () => verifyOutside(checks, outside));
  if (docker) await checkInside(checks, docker, { environment, secrets: visible });
  if (isKubernetes(connection)) await checkInsideKubernetes(checks, connection, { environment, secrets: visible });
  return checks.all;
}

/** Distribution says why it has no certificate in its log only, and nowhere that it could not keep one. */
function tlsOf(environment: Environment, docker?: DockerConnection): TlsSubject {
  const { name, images } = environment;
  const tls = registryTls(environment);
  const subject = { tls, environment: name };
  const directory = tls.acme?.directory;
  if (!directory || !docker) return subject;
  const container = objectName(name, "registry");
  const withCurl = engineName(new RegistryImages(images).rustfs.toString());
  return {
    ...subject,
    askDirectory: (url) => askDirectory(docker.client, container, withCurl, url),
    readLog: () => tailOf(docker.client, container, 200),
    listCertificates: async () => {
      const { stdout } = await runInContainer(docker.client, container, ["ls", directory]);
      return stdout.split("\n").filter(Boolean);
    },
  };
}

function exposureOf(
  { container, bucket, ports }: StorageServer,
  url: string,
  machine: string | undefined,
  docker?: DockerConnection,
) {
  return {
    host: machine ?? new URL(url).hostname.replace(/^\[|\]$/g, ""),
    isRemote: machine !== undefined,
    ports,
    bucket,
    ownerOf: docker && ((port: number) => portOwner(docker, port)),
    own: [container],
  } satisfies ExposureExpectations;
}
