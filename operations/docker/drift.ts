import type { ContainerInspectInfo } from "dockerode";
import { inUrl } from "../../constructs/values/addresses";
import { MIB } from "../../constructs/values/bytes";
import { objectName } from "../../constructs/values/object-names";
import { DOCKER_TYPES } from "../../plan/plan-json";
import { compareConfigurations, literal } from "../runtime/configuration-drift";
import { CONFIG_FILE } from "../storage/access";
import { resources } from "../terraform/config";
import type { SynthesizedStack } from "../terraform/stack";
import { readContainerFile } from "./container-file";
import { inspectContainer } from "./container-state";
import type { DockerConnection } from "./docker";
import { engineName } from "./images";

type Engine = Pick<DockerConnection, "client" | "host">;

/** The parts of a `docker_container` that are compared. */
interface Described {
  readonly address: string;
  readonly name?: string;
  readonly env?: readonly string[];
  readonly ports?: readonly { readonly internal: number; readonly external: number; readonly ip: string }[];
  readonly labels?: readonly { readonly label: string; readonly value: string }[];
  readonly memory?: number;
  readonly restart?: string;
  readonly must_run?: boolean;
  readonly networks_advanced?: readonly { readonly name: string }[];
  readonly volumes?: readonly {
    readonly container_path: string;
    readonly volume_name?: string;
    readonly host_path?: string;
  }[];
}

/**
 * Compares what runs with what the environment says now, without Terraform: a sentence for each difference. What a plan
 * would do about it, only `plan` knows.
 */
export async function findDrift(docker: Engine, stack: SynthesizedStack): Promise<string[]> {
  const containers = resources(stack.config).filter(({ address }) =>
    address.startsWith(`${DOCKER_TYPES.container}.`),
  ) as Described[];
  const nameOf = (reference: string) => resolveName(stack, reference);
  const services = containers.filter((one) => one.must_run !== false);
  const drift = await Promise.all(services.map((one) => driftOf(docker, one, nameOf)));
  return [...drift.flat(), ...(await imageDrift(docker, stack)), ...(await configurationDrift(docker, stack))];
}

async function driftOf(docker: Engine, described: Described, nameOf: (reference: string) => string): Promise<string[]> {
  const { name = "?" } = described;
  const running = await inspectContainer(docker, name);
  if (!running) return [`${name} does not exist`];
  const { State, NetworkSettings } = running;
  return [
    ...(State.Running ? [] : [`${name} does not run${State.Error ? `: ${State.Error.trim()}` : ""}`]),
    ...networkDrift(name, described.networks_advanced?.map((one) => nameOf(one.name)) ?? [], NetworkSettings.Networks),
    ...differences(
      name,
      "variable",
      toMap(described.env?.map(literal) ?? [], "="),
      // Docker says null of an image without variables.
      toMap(running.Config.Env ?? [], "="),
      true,
    ),
    ...differences(name, "label", labelsOf(described), running.Config.Labels, true),
    ...differences(name, "port", portsOf(described), publishedPorts(running), false),
    ...differences(name, "mount", mountsOf(described, nameOf), mountsOfRunning(running), true),
    ...differences(name, "", settingsOf(described), settingsOfRunning(running), true),
  ];
}

/** A container that was disconnected runs on, and nobody reaches it; on another network strangers do. */
function networkDrift(name: string, wanted: readonly string[], actual: Readonly<Record<string, unknown>>): string[] {
  return [
    ...wanted.filter((network) => !(network in actual)).map((network) => `${name} is not on network ${network}`),
    ...Object.keys(actual)
      .filter((network) => !wanted.includes(network))
      .map((network) => `${name} is also on network ${network}`),
  ];
}

/** @param onlyWanted what is there besides is none of ours: the image's own variables and labels */
function differences(
  name: string,
  noun: string,
  wanted: Readonly<Record<string, string>>,
  actual: Readonly<Record<string, string>>,
  onlyWanted: boolean,
): string[] {
  const keys = onlyWanted ? Object.keys(wanted) : Object.keys({ ...wanted, ...actual });
  return keys
    .filter((key) => wanted[key] !== actual[key])
    .map(
      (key) =>
        `${name}: ${noun ? `${noun} ` : ""}${key} is ${actual[key] ?? "absent"}, should be ${wanted[key] ?? "absent"}`,
    );
}

function settingsOf({ memory, restart }: Described): Record<string, string> {
  return { ...(memory && { "memory (MiB)": String(memory) }), ...(restart && { restart }) };
}

function settingsOfRunning({ HostConfig }: ContainerInspectInfo): Record<string, string> {
  return {
    "memory (MiB)": String((HostConfig.Memory ?? 0) / MIB),
    restart: HostConfig.RestartPolicy?.Name ?? "no",
  };
}

function portsOf({ ports = [] }: Described): Record<string, string> {
  const inside = [...new Set(ports.map(({ internal }) => internal))];
  return Object.fromEntries(
    inside.map((port) => [`${port}/tcp`, addresses(ports.filter(({ internal }) => internal === port))]),
  );
}

function publishedPorts({ HostConfig }: ContainerInspectInfo): Record<string, string> {
  const bindings = (HostConfig.PortBindings ?? {}) as Record<string, { HostIp: string; HostPort: string }[] | null>;
  return Object.fromEntries(
    Object.entries(bindings).flatMap(([port, all]) =>
      all?.length ? [[port, addresses(all.map(({ HostIp, HostPort }) => ({ ip: HostIp, external: HostPort })))]] : [],
    ),
  );
}

/** All that a port is published on, in one order. */
function addresses(published: readonly { readonly ip: string; readonly external: number | string }[]): string {
  return published
    .map(({ ip, external }) => `${inUrl(ip)}:${external}`)
    .sort()
    .join(", ");
}

function mountsOf({ volumes = [] }: Described, nameOf: (reference: string) => string): Record<string, string> {
  return Object.fromEntries(
    volumes.map(({ container_path, volume_name = "", host_path }) => [
      container_path,
      host_path ?? nameOf(volume_name),
    ]),
  );
}

function mountsOfRunning({ Mounts }: ContainerInspectInfo): Record<string, string> {
  return Object.fromEntries(Mounts.map(({ Destination, Name, Source }) => [Destination, Name ?? Source]));
}

/** `${docker_volume.rustfs_data.name}`, or a network's `id`, as what the configuration calls it. */
function resolveName({ config }: SynthesizedStack, reference: string): string {
  const address = /^\$\{(\w+\.\w+)\.(?:name|id)\}$/.exec(reference)?.[1];
  return resources(config).find((one) => one.address === address)?.name ?? reference;
}

function labelsOf({ labels = [] }: Described): Record<string, string> {
  // What only Terraform can work out, such as the deployment's id, cannot be compared here.
  const known = labels.filter(({ value }) => !/(^|[^$])\$\{/.test(value));
  return Object.fromEntries(known.map(({ label, value }) => [label, literal(value)]));
}

function toMap(lines: readonly string[], separator: string): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(separator)), line.slice(line.indexOf(separator) + 1)]),
  );
}

async function imageDrift(docker: Engine, { config }: SynthesizedStack): Promise<string[]> {
  const all = resources(config) as (Described & { readonly image?: string })[];
  const services = all.filter((one) => one.address.startsWith(`${DOCKER_TYPES.container}.`) && one.must_run !== false);
  const drift = await Promise.all(
    all
      .filter(({ address }) => address.startsWith(`${DOCKER_TYPES.image}.`))
      .map(async ({ address, name = "" }) => {
        // Whose image it is says the reference, as in `${docker_image.rustfs_image.image_id}`.
        const user = services.find(({ image }) => image?.includes(`${address}.`));
        const running = user?.name === undefined ? undefined : await inspectContainer(docker, user.name);
        const image = await docker.client
          .getImage(engineName(name))
          .inspect()
          .catch(() => undefined);
        return running && image?.Id !== running.Image
          ? [`${user?.name} runs another image than ${name.slice(0, 60)}`]
          : [];
      }),
  );
  return drift.flat();
}

/** The registry's configuration as it is in the container, against the environment's. */
async function configurationDrift({ client }: Engine, { config, environment }: SynthesizedStack): Promise<string[]> {
  const uploads = resources(config).flatMap(({ upload = [] }) => upload);
  const planned = uploads.find(({ file }) => file === CONFIG_FILE)?.content;
  const text = await readContainerFile(client, objectName(environment.name, "registry"), CONFIG_FILE).catch(
    () => undefined,
  );
  if (planned === undefined || text === undefined) return [];
  return compareConfigurations(planned, text);
}
