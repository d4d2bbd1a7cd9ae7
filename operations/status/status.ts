import type { Environment } from "../../config";
import { READ_ONLY_MARKER } from "../../constructs/registry/serve";
import { objectName } from "../../constructs/values/object-names";
import { clientUrl, containerNames, dataLocation, registryTls } from "../../stacks";
import { type BackupRecord, newestBackup } from "../backup/record";
import { LAST_RUN, type LastRun, parseLastRun } from "../gc/last-run";
import { parseMark, READ_ONLY_ENDING, type ReadOnlyMark } from "../maintenance/read-only";
import { RegistryClient } from "../registry/client";
import type { Login } from "../registry/login";
import { type ListOptions, listRepositories, type Repositories } from "../registry/repositories";
import type { Runtime } from "../runtime/runtime";
import { lateJobs } from "../schedule/late";
import { readRotation } from "../secrets/rotation";
import { findDisk, isNearlyFull } from "../storage/disk";
import type { SynthesizedStack } from "../terraform/stack";
import { privateAuthorities, trustedAuthorities } from "../tls/authorities";
import { probeTls } from "../tls/probe";
import { judgeTls } from "../tls/verdict";
import { readUpgrade } from "../upgrade/record";
import { endpointOf } from "../verify/certificate";
import { type AlertStatus, alertStatus } from "./alerts";
import { type ContainerStatus, containerStatus } from "./container";
import { type PageStatus, pageStatus } from "./page";
import { type StorageStatus, type StorageUsed, storageUsed } from "./storage";

interface CertificateStatus {
  readonly status: "passed" | "warning" | "failed";
  /** One line. */
  readonly message: string;
  /** When it ends, ISO 8601. @default - there was no handshake */
  readonly notAfter?: string;
  readonly daysLeft?: number;
}

/** What somebody needs at night: there at once, however much is stored. */
export interface Essentials {
  readonly environment: string;
  readonly url: string;
  readonly dockerHost: string;
  readonly containers: readonly ContainerStatus[];
  readonly storage: StorageStatus;
  /** @default - plain HTTP */
  readonly certificate?: CertificateStatus;
  /** The newest whole backup that was made from this machine. @default - none was */
  readonly backup?: BackupRecord;
  /** A collection that was cut off and left the registry read-only. @default - none */
  readonly unfinished?: ReadOnlyMark;
  /** What is scheduled and should have run by now. */
  readonly late: readonly ("gc" | "backup")[];
  /** When an upgrade began that was cut off before it was proven, ISO 8601. @default - none */
  readonly unprovenUpgrade?: string;
  /** Secrets whose rotation was cut off before they were proven. @default - none */
  readonly unprovenSecrets?: readonly string[];
  /** What our own Prometheus warns of. @default - there is none */
  readonly alerts?: AlertStatus;
  /** The page to browse. @default - there is none */
  readonly page?: PageStatus;
  /** How the last collection ended. @default - none since the container was made */
  readonly lastCollection?: LastRun;
}

/** What becomes figures: all of it but what asks the watchers themselves. */
export type Measured = Omit<Essentials, "alerts" | "page">;

/** What is counted and compared. */
export interface Counted {
  readonly repositories: Repositories;
  /** What the images take. */
  readonly used: StorageUsed;
  /** Where what runs differs from what the environment says. */
  readonly drift: readonly string[];
}

/** What runs, at one moment. What could not be found out says why. */
export interface Status extends Essentials, Omit<Counted, "used"> {}

export interface CountOptions extends Pick<ListOptions, "onListed" | "onProgress"> {
  readonly stack: SynthesizedStack;
  readonly runtime: Runtime;
  readonly login?: Login;
  readonly caFiles?: readonly string[];
  /** List every image and measure what they take, however long that takes. @default false */
  readonly images?: boolean;
}

/** What is counted, and not read off, has this long. */
const BOUND_MS = 3_000;
/** Names asked for at once. On S3 a registry takes some seconds for a thousand: smaller pages tell at least how many there are. */
const PAGE = 100;
const DISK_MS = 700;
const CERTIFICATE_MS = 3_000;

/** Looks at what runs, without building what should run; changes nothing. */
export async function readEssentials(
  environment: Environment,
  runtime: Runtime,
  caFiles: readonly string[] = [],
): Promise<Essentials> {
  const [measured, page, alerts] = await Promise.all([
    readMeasured(environment, runtime, caFiles),
    pageStatus(environment),
    alertStatus(runtime, environment),
  ]);
  return { ...measured, page, alerts };
}

/** What is read each time that somebody measures: the same few answers, however much is stored. */
export async function readMeasured(
  environment: Environment,
  runtime: Runtime,
  caFiles: readonly string[] = [],
): Promise<Measured> {
  const url = clientUrl(environment);
  const own = url.startsWith("https:") ? privateAuthorities(url, caFiles) : undefined;
  const [containers, disk, certificate, collections] = await Promise.all([
    Promise.all(containerNames(environment).map((name) => containerStatus(runtime, name, environment))),
    findDisk(runtime, environment, DISK_MS),
    own && certificateOf(environment, url, own),
    collectionsOf(runtime, environment.name),
  ]);
  const backup = newestBackup(environment);
  return {
    environment: environment.name,
    url,
    dockerHost: runtime.host,
    containers,
    storage: { location: dataLocation(environment), disk },
    certificate,
    backup,
    late: lateJobs(environment, backup?.taken, collections.lastCollection),
    unprovenUpgrade: unprovenUpgrade(environment),
    unprovenSecrets: unprovenSecrets(environment),
    ...collections,
  };
}

/** Counts what is stored, and compares what runs with what should; asks Terraform nothing. */
export async function readCounted(options: CountOptions): Promise<Counted> {
  const { stack, runtime, login, caFiles = [], images = false, onListed, onProgress } = options;
  const { environment, url } = stack;
  const ca = url.startsWith("https:") ? trustedAuthorities(privateAuthorities(url, caFiles)) : undefined;
  const [repositories, used, drift] = await Promise.all([
    login
      ? listRepositories((signal) => new RegistryClient({ url, login, ca, timeoutMs: 30_000, signal }), {
          pageSize: Math.min(environment.registry.limits.catalog, environment.registry.limits.tags, PAGE),
          boundMs: images ? undefined : BOUND_MS,
          onListed,
          onProgress,
        })
      : { unknown: "no login at hand" },
    storageUsed(runtime, environment, images ? undefined : BOUND_MS),
    runtime.drift(stack),
  ]);
  return { repositories, used, drift };
}

/** Both, as one. */
export function statusOf({ storage, ...essentials }: Essentials, { used, ...counted }: Counted): Status {
  return { ...essentials, ...counted, storage: { ...storage, ...used } };
}

function unprovenUpgrade(environment: Environment): string | undefined {
  const upgrade = readUpgrade(environment);
  return upgrade?.state === "applying" ? upgrade.at : undefined;
}

function unprovenSecrets({ name }: Environment): string[] | undefined {
  const rotation = readRotation(name);
  return rotation && Object.keys(rotation.before);
}

async function certificateOf(
  environment: Environment,
  url: string,
  own: readonly string[],
): Promise<CertificateStatus> {
  const probe = await probeTls({ ...endpointOf(url), ca: own, timeoutMs: CERTIFICATE_MS });
  const { status, message } = judgeTls(probe, { tls: registryTls(environment), environment: environment.name });
  const { notAfter, daysLeft } = probe.handshake ?? {};
  return { status, message, notAfter: notAfter?.toISOString(), daysLeft };
}

/** What collections left in the registry's container. A registry that does not run says nothing of it. */
async function collectionsOf(
  runtime: Runtime,
  environment: string,
): Promise<Pick<Status, "unfinished" | "lastCollection">> {
  const container = objectName(environment, "registry");
  const read = (path: string) => runtime.readFile(container, path).catch(() => "");
  const texts = await Promise.all([READ_ONLY_MARKER, READ_ONLY_ENDING, LAST_RUN].map(read));
  const [mark = "", ending = "", last = ""] = texts;
  return { unfinished: parseMark(mark || ending), lastCollection: parseLastRun(last) };
}

/** Whether somebody should look: something is down or differs, or was not ended. */
export function isTroubled(
  { containers, unfinished, late, unprovenUpgrade, unprovenSecrets, page, alerts, storage: { disk } }: Essentials,
  { drift }: Pick<Counted, "drift">,
): boolean {
  return (
    (disk !== undefined && isNearlyFull(disk)) ||
    unfinished !== undefined ||
    late.length > 0 ||
    unprovenUpgrade !== undefined ||
    unprovenSecrets !== undefined ||
    drift.length > 0 ||
    page?.problem !== undefined ||
    (alerts?.firing ?? []).length > 0 ||
    containers.some(({ state, health }) => state !== "running" || health === "unhealthy")
  );
}
