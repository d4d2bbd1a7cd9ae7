import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type Docker from "dockerode";
import { parse } from "yaml";
import { COMPONENT_LABEL, DEPLOYMENT_LABEL, ENVIRONMENT_LABEL } from "../../../constructs/platform/deployment";
import { RegistryStorage } from "../../../constructs/storage/registry-storage";
import { MIB } from "../../../constructs/values/bytes";
import { list } from "../../../plan/json";
import {
  createdContainers,
  DOCKER_TYPES,
  isContainer,
  type PlanJson,
  type ResourceChange,
} from "../../../plan/plan-json";
import { engineName } from "../../docker/images";
import type { TarFile } from "../../docker/tar";

/** The parts of a planned `docker_container` that a trial takes over. */
export interface PlannedContainer {
  readonly name: string;
  readonly image?: string;
  readonly command?: string[] | null;
  readonly entrypoint?: string[] | null;
  readonly env?: string[] | null;
  readonly memory?: number | null;
  readonly cpus?: string | null;
  readonly labels?: readonly { readonly label: string; readonly value?: string }[];
  readonly networks_advanced?: readonly { readonly name?: string }[];
  readonly ports?: readonly PlannedPort[];
  readonly upload?: readonly PlannedFile[];
  readonly volumes?: readonly PlannedMount[];
  readonly healthcheck?: readonly HealthCheck[];
}

interface HealthCheck {
  readonly test: string[];
}

export interface PlannedPort {
  readonly internal: number;
  readonly external: number;
  readonly ip: string;
}

interface PlannedFile {
  readonly file: string;
  readonly content?: string | null;
  readonly source?: string | null;
  readonly permissions?: string | null;
}

interface PlannedMount {
  readonly container_path: string;
  readonly volume_name?: string | null;
  readonly host_path?: string | null;
}

export const METRICS_PATH = "/metrics";
export const CONFIG_FILE = "/etc/distribution/config.yml";

/** A name that nobody else has, beside the container of a name. */
export const trialName = (name: string) => `${name}-trial-${randomBytes(3).toString("hex")}`;

/** The registry's container, if the plan makes it anew. */
export function plannedRegistry(plan: PlanJson): ResourceChange | undefined {
  return createdContainers(plan).find((one) => isRegistry(one.change.after as unknown as PlannedContainer));
}

/** The other containers that the plan makes anew. */
export function plannedOthers(plan: PlanJson): PlannedContainer[] {
  return createdContainers(plan)
    .map(({ change }) => change.after as unknown as PlannedContainer)
    .filter((one) => !isRegistry(one));
}

function isRegistry({ labels = [] }: PlannedContainer): boolean {
  return labels.some(({ label, value }) => label === COMPONENT_LABEL && value === "distribution");
}

/** Components of the containers that hold the images: each is called as its factory. */
const SERVERS = Object.keys(RegistryStorage);
const SERVICES = new Set(["distribution", ...SERVERS]);
const STORAGE = new Set([...SERVERS, "bucket-init"]);

/** Whether the plan stops what clients use: the registry, or the storage behind it. */
export function stopsServices({ resource_changes = [] }: PlanJson): boolean {
  return resource_changes.filter(isContainer).some(({ change }) => {
    const { labels = [] } = (change.before ?? {}) as unknown as PlannedContainer;
    const isService = labels.some(({ label, value }) => label === COMPONENT_LABEL && SERVICES.has(value ?? ""));
    return change.actions.includes("delete") && isService;
  });
}

/** Whether the plan also changes what the registry stores in: then only the apply can tell whether they fit. */
export function changesStorage({ resource_changes = [] }: PlanJson): boolean {
  return resource_changes.filter(isContainer).some(({ change }) => {
    if (change.actions.join() === "no-op") return false;
    const { labels = [] } = (change.after ?? change.before ?? {}) as unknown as PlannedContainer;
    return labels.some(({ label, value }) => label === COMPONENT_LABEL && STORAGE.has(value ?? ""));
  });
}

export const healthCheckOf = ({ healthcheck }: PlannedContainer) => list(healthcheck)[0] as HealthCheck | undefined;

/** The image to run: what is planned, or the reference that Terraform will look up. */
export function imageOf(plan: PlanJson, { image }: PlannedContainer): string | undefined {
  if (image) return image;
  const planned = plan.resource_changes?.find(({ address }) => address === `${DOCKER_TYPES.image}.distribution_image`);
  return typeof planned?.change.after?.name === "string" ? engineName(planned.change.after.name) : undefined;
}

/** The files, as the trial gets them. @returns nothing when one is not known before the apply */
export function filesOf(
  planned: PlannedContainer,
  directory: string,
  storage: "checked" | "unchecked",
): TarFile[] | undefined {
  const files = (planned.upload ?? []).map(({ file, content, source, permissions }) => {
    const bytes = source
      ? readFileSync(resolve(directory, source))
      : typeof content === "string"
        ? Buffer.from(content)
        : undefined;
    const mode = Number.parseInt(permissions ?? "0644", 8);
    if (!bytes) return undefined;
    const isConfig = file === CONFIG_FILE;
    return {
      path: file.replace(/^\/+/, ""),
      content: isConfig ? Buffer.from(harmless(bytes.toString("utf8"), storage)) : bytes,
      mode,
    };
  });
  return files.every((one) => one !== undefined) ? files : undefined;
}

/**
 * The configuration without what acts on the world: no certificate is ordered, no upload is purged, no cached image
 * expires. The storage is asked at once and at every answer, where it can be.
 */
export function harmless(config: string, storage: "checked" | "unchecked"): string {
  const settings = parse(config) as Settings;
  delete settings.http?.tls?.letsencrypt;
  if (settings.http?.tls && Object.keys(settings.http.tls).every((key) => key === "minimumtls"))
    delete settings.http.tls;
  if (settings.storage) {
    settings.storage.maintenance = { ...settings.storage.maintenance, uploadpurging: { enabled: false } };
  }
  if (settings.proxy) settings.proxy.ttl = "0";
  const storagedriver = storage === "checked" ? { enabled: true, interval: "500ms", threshold: 1 } : { enabled: false };
  settings.health = { ...settings.health, storagedriver };
  // Counts what the storage answered, for who asks from inside.
  if (settings.http?.debug) settings.http.debug.prometheus = { enabled: true, path: METRICS_PATH };
  // As JSON, which is YAML, too: `realm: y` would be a truth value to the registry.
  return JSON.stringify(settings);
}

interface Settings {
  http?: { tls?: Record<string, unknown>; debug?: { prometheus?: object } };
  storage?: { maintenance?: Record<string, unknown> };
  proxy?: { ttl?: string };
  health?: Record<string, unknown>;
}

/** What the trial shows of itself: whose it is, and nothing by which a proxy or a monitor would find it. */
export function labelsOf({ labels = [] }: PlannedContainer): Record<string, string> {
  const own = labels.filter(({ label }) => label === ENVIRONMENT_LABEL || label === DEPLOYMENT_LABEL);
  return { ...Object.fromEntries(own.map(({ label, value = "" }) => [label, value])), [COMPONENT_LABEL]: "trial" };
}

/** How the engine is told to make the trial: as planned, without ports, aliases and labels, its mounts read-only. */
export function containerOf(
  planned: PlannedContainer,
  {
    image,
    network,
    volumes,
  }: { readonly image: string; readonly network?: string; readonly volumes: ReadonlySet<string> },
): Docker.ContainerCreateOptions {
  const health = healthCheckOf(planned);
  const mounts = (planned.volumes ?? []).filter(
    ({ volume_name, host_path }) => host_path || volumes.has(volume_name ?? ""),
  );
  return {
    Image: image,
    Cmd: planned.command ?? undefined,
    Entrypoint: planned.entrypoint?.length ? planned.entrypoint : undefined,
    Env: planned.env ?? [],
    Labels: labelsOf(planned),
    Healthcheck: health && {
      Test: health.test,
      Interval: 500e6,
      Timeout: 5e9,
      Retries: 3,
    },
    HostConfig: {
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      Memory: (planned.memory ?? 0) * MIB,
      NanoCpus: Math.round(Number(planned.cpus ?? 0) * 1e9),
      RestartPolicy: { Name: "no" },
      NetworkMode: network ?? "none",
      Mounts: mounts.map(({ container_path, volume_name, host_path }) => ({
        Type: host_path ? "bind" : "volume",
        Source: host_path || volume_name || "",
        Target: container_path,
        ReadOnly: true,
      })),
    },
  };
}
