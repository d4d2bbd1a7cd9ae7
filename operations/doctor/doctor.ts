import { lookup } from "node:dns/promises";
import { existsSync, statfsSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Environment, publishedPorts } from "../../config";
import { watchersOf } from "../../constructs/monitoring/options";
import { tolerationOf } from "../../constructs/platform/kubernetes-options";
import { MIB } from "../../constructs/values/bytes";
import { TOKEN_SERVER } from "../../constructs/values/defaults";
import { isLoopback } from "../../constructs/values/ip";
import { publishedAddresses } from "../../constructs/values/publish";
import { containerNames, registryTls, requiredProviders, storageServer } from "../../stacks";
import { aBundle } from "../bundle/remedy";
import { command } from "../command";
import type { DockerConnection } from "../docker/docker";
import { isPortFree, portOwner } from "../docker/port-owner";
import { Failure } from "../failure";
import { readSecrets, secretsPath } from "../secrets/file";
import { findDisk, isNearlyFull } from "../storage/disk";
import { strandedStates } from "../terraform/build-folder";
import { judgeProviderLock } from "../terraform/provider-lock";
import { findProvider } from "../terraform/provider-search";
import { findTerraform, Terraform, type Variables } from "../terraform/terraform";
import { leftOut, refusedVariables } from "../terraform/variables";
import { type Check, Checks, failed, passed, reason, skipped, warning } from "../verify/check";
import { checkDirectories } from "./directories";
import { atLeast, checkDocker } from "./docker";
import { checkImages } from "./images";
import { type ClusterNeeds, checkKubernetes } from "./kubernetes";
import { checkSecurity } from "./security";

export interface DoctorOptions {
  /** @default - only what every environment needs */
  readonly environment?: Environment;
  readonly variables: Variables;
  /** Of Node, without `v`. */
  readonly nodeVersion: string;
  /** @default - nobody hears of a check before all are done */
  readonly onCheck?: (check: Check) => void;
}

const DEFAULT_DOCKER = { host: "unix:///var/run/docker.sock", olderThan25: false };

type OnKubernetes = NonNullable<Environment["kubernetes"]>;

/** What an environment asks of its cluster. */
function needsOf(environment: Environment, kubernetes: OnKubernetes): ClusterNeeds {
  const { nodes, storageClass } = kubernetes.storage;
  const { registry } = environment;
  const isExposed = !publishedAddresses(registry.publish).every(isLoopback);
  return {
    ...kubernetes,
    placement: {
      nodeSelector: kubernetes.nodeSelector,
      tolerations: kubernetes.tolerations?.map(tolerationOf),
    },
    storage: storageServer(environment) && { nodes, class: storageClass },
    hasIngress: kubernetes.expose.by === "ingress" && (isExposed || registryTls({ registry }).endedBy === "proxy"),
  };
}

async function checkDataDisk(docker: DockerConnection, environment: Environment) {
  const disk = await findDisk(docker, environment);
  if (!disk) return skipped("the storage does not run here");
  const free = `${(disk.freeBytes / 1e9).toFixed(1)} of ${(disk.bytes / 1e9).toFixed(1)} GB free`;
  if (!isNearlyFull(disk)) return passed(free);
  return warning(
    `${free}: pushes fail when it is full`,
    `${command("space", environment.name)} says what takes it, and what frees it`,
  );
}

/** Looks for everything that `up` needs; a check fails only for what would stop it. */
export async function examine(options: DoctorOptions): Promise<readonly Check[]> {
  const { environment, nodeVersion, variables } = options;
  const checks = new Checks(options.onCheck, environment?.name);
  await checks.run("node", "Node.js", () =>
    atLeast(nodeVersion, "20.19")
      ? passed(nodeVersion)
      : failed(`${nodeVersion}; 20.19 or newer is needed`, "install a newer one"),
  );
  await checkTerraform(checks, options);
  const kubernetes = environment?.kubernetes;
  if (environment && kubernetes) await checkKubernetes(checks, needsOf(environment, kubernetes), variables);
  const docker = kubernetes
    ? undefined
    : await checkDocker(checks, environment?.docker ?? DEFAULT_DOCKER, variables, environment);
  if (docker) {
    await checks.run("clock", "the clocks agree", () => checkClock(docker));
    await checks.run("disk", "disk space for images and data", () => checkDisk(docker));
  }
  if (!environment) return checks.all;
  if (docker) {
    await checks.run("memory", "memory for the containers", () => checkMemory(docker, environment));
    await checks.run("security", "the engine's confinement", () => checkSecurity(docker, environment));
    if (storageServer(environment)?.directories.length)
      await checks.run("directories", "the directories belong to RustFS", () => checkDirectories(docker, environment));
    await checks.run("data-disk", "free space where the data is", () => checkDataDisk(docker, environment));
    await checks.run("images", "the images", () => checkImages(docker, environment, variables));
    await checkPorts(checks, docker, environment);
  }
  await checks.run("host-name", `${environment.registry.host} resolves`, () => checkHost(environment));
  await checks.run("secrets", "secrets", () => checkSecrets(environment));
  return checks.all;
}

async function checkTerraform(checks: Checks, { environment, variables }: DoctorOptions): Promise<void> {
  let terraform: Terraform | undefined;
  await checks.run("terraform", "Terraform or OpenTofu", async () => {
    try {
      terraform = new Terraform(findTerraform(variables), variables);
      const version = await terraform.version();
      const wanted = environment?.state.backend === "s3" && environment.state.lockFile ? "1.10" : "1.4";
      return atLeast(version, wanted)
        ? passed(`${terraform.product} ${version}, ${terraform.binary}`)
        : failed(`${terraform.product} ${version}; ${wanted} or newer is needed`, "install a newer one");
    } catch (error) {
      return error instanceof Failure ? failed(error.message, error.remedy) : failed(reason(error));
    }
  });
  await checks.run("terraform-variables", "Terraform's variables of this shell", () => checkVariables(variables));
  if (environment) await checks.run("build-folder", "no state in the build folder", () => checkStates(environment));
  const providers = requiredProviders([environment ?? { docker: DEFAULT_DOCKER }]);
  await checks.run("provider-lock", "the provider's lock is kept in Git", () =>
    judgeProviderLock(terraform?.product ?? "Terraform", providers),
  );
  const host = terraform?.product === "OpenTofu" ? "registry.opentofu.org" : "registry.terraform.io";
  const directory = environment && join("cdktf.out", "stacks", environment.name);
  for (const provider of providers) {
    const noun = provider.source.replace(/.*\//, "");
    await checks.run(`provider-${noun}`, `the provider ${provider.source} ${provider.version}`, async () => {
      const source = await findProvider(provider, host, directory, variables);
      if ("found" in source) return passed(source.found);
      if ("download" in source) return passed(`not here yet; ${source.download} answers, and init downloads it`);
      return failed(
        source.missing,
        `offline, put it into ~/.terraform.d/plugins/${host}/${provider.source}/VERSION/OS_ARCH (docs/cli.md), or ${aBundle(environment?.name)}`,
      );
    });
  }
}

function checkVariables(variables: Variables) {
  const refused = refusedVariables(variables);
  const names = refused.map(({ name }) => name).join(" ");
  if (refused.length > 0) return failed(refused.map(({ name, why }) => `${name}: ${why}`).join("; "), `unset ${names}`);
  const ignored = leftOut(variables);
  return ignored.length > 0 ? warning(`left out: ${ignored.join(", ")} (docs/cli.md says why)`) : passed();
}

/** What plain Terraform left where the next build may remove it. */
function checkStates({ name, state }: Environment) {
  const stranded = strandedStates(join("cdktf.out", "stacks", name));
  if (stranded.length === 0) return passed();
  const folder = dirname((state.backend === "local" && state.path) || join("state", name));
  return warning(
    `a state lies in ${stranded.join(", ")}: the next build may remove it`,
    stranded
      .map((file, n) => `mkdir -p ${folder} && mv ${file} ${join(folder, `${name}.stray-${n + 1}.tfstate`)}`)
      .join(" && "),
  );
}

const MAX_SKEW_SECONDS = 60;

/** Signatures and certificates are refused when clocks are minutes apart. */
async function checkClock({ client }: DockerConnection) {
  const { SystemTime } = (await client.info()) as { SystemTime: string };
  const skew = Math.round((Date.parse(SystemTime) - Date.now()) / 1000);
  return Math.abs(skew) <= MAX_SKEW_SECONDS
    ? passed()
    : warning(`the Docker host is ${skew} s off`, "start a time service on both: timedatectl set-ntp true");
}

const GB = 1e9;

async function checkDisk({ client, isLocal }: DockerConnection) {
  const { DockerRootDir } = (await client.info()) as { DockerRootDir: string };
  if (!isLocal || !existsSync(DockerRootDir))
    return skipped(`of the Docker host: look with df -h ${DockerRootDir} there`);
  const { bavail, bsize } = statfsSync(DockerRootDir);
  const free = bavail * bsize;
  const text = `${(free / GB).toFixed(1)} GB free in ${DockerRootDir}`;
  if (free < GB) return failed(`${text}; the images alone need 1 GB`, "docker system df shows what can go");
  return free < 10 * GB ? warning(`${text}: not much for a registry`) : passed(text);
}

/** What the host's own programs need beside the containers. */
const FOR_THE_HOST = 512 * MIB;

async function checkMemory({ client }: DockerConnection, environment: Environment) {
  const server = storageServer(environment);
  const { MemTotal } = (await client.info()) as { MemTotal: number };
  const { registry, access, monitoring, ui } = environment;
  const watchers = watchersOf(monitoring).map((noun) => monitoring[noun]);
  const others = [server, ...watchers, ui, access && TOKEN_SERVER].reduce((sum, one) => sum + (one?.memoryMb ?? 0), 0);
  const limits = (registry.memoryMb + others) * MIB;
  const text = `${(MemTotal / GB).toFixed(1)} GB, limits of ${(limits / GB).toFixed(1)} GB in all`;
  if (MemTotal >= limits + FOR_THE_HOST) return passed(text);
  const smaller = `registry.uploadsAtOnce, which decides the registry's limit${server ? `, or storage.${server.noun}.memoryMb` : ""}`;
  return warning(`${text}, and the host itself needs 0.5 GB`, `take a bigger machine, or lower ${smaller}`);
}

async function checkPorts(checks: Checks, docker: DockerConnection, environment: Environment): Promise<void> {
  const own = containerNames(environment).map((name) => `container ${name}`);
  const other = "choose another one in the environment file";
  for (const { address, port } of publishedPorts(environment)) {
    await checks.run(`port-${port}`, `port ${port} of ${address}`, async () => {
      const owner = await portOwner(docker, port, address);
      if (owner && own.includes(owner)) return passed("in use by this environment");
      if (owner?.startsWith("container")) return failed(`taken by ${owner}`, other);
      if (!docker.isLocal) return skipped("only Docker's own ports can be seen from here");
      if (await isPortFree(address, port)) return passed("free");
      return failed(`taken by ${owner ?? "somebody"}`, other);
    });
  }
}

async function checkHost({ registry, kubernetes }: Environment) {
  const { host } = registry;
  try {
    return passed((await lookup(host, { all: true })).map(({ address }) => address).join(", "));
  } catch (error) {
    const detail = `${host}: ${reason(error)}`;
    const remedy = `make a DNS record for ${host} that leads to the ${kubernetes ? "cluster: its load balancer or Ingress, or a node" : "Docker host"}`;
    return registryTls({ registry }).acme
      ? failed(`${detail}; without it no certificate is issued`, remedy)
      : warning(detail, remedy);
  }
}

function checkSecrets({ name }: Environment) {
  const path = secretsPath(name);
  if (!existsSync(path)) return passed(`none yet; ${command("up", name)} makes them in ${path}`);
  return passed(`${Object.keys(readSecrets(path)).length} in ${path}`);
}
