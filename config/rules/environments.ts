import { posix } from "node:path";
import { isSameOrInside } from "../../constructs/rules/rustfs";
import { networksOverlap } from "../../constructs/values/ip";
import { dataVolumeName } from "../../constructs/values/object-names";
import type { Finding, KeyPath } from "../diagnostic";
import type { Environment } from "../schema";
import { storageSections } from "../storage-section";
import { collide, PUBLISHING_KEYS, portFinding, publishedPorts } from "./ports";
import { finding, isReadable, pointing, unless } from "./rule";
import { sharesStorage } from "./shared-storage";

/** One environment among others. */
export interface Member {
  readonly file: string;
  readonly environment: Environment;
  /** What of it must not be relied on. */
  readonly broken: readonly KeyPath[];
}

/** What two environments must not share. */
export interface PairRule {
  readonly id: string;
  /** Whether it matters only to environments of one Docker host. */
  readonly sameHost: boolean;
  readonly reads: readonly string[];
  /** What is wrong with `later`, given that `earlier` stays as it is. */
  check(later: Environment, earlier: Environment, earlierFile: string): readonly Finding[];
}

/** Rules about pairs of environments. */
export const pairRules: readonly PairRule[] = [
  {
    id: "names-differ",
    sameHost: false,
    reads: ["name"],
    check: (later, earlier, file) =>
      later.name === earlier.name
        ? [finding("name", `must not be the name of ${file} too`, later.name, "choose another name")]
        : [],
  },
  {
    id: "state-differs",
    sameHost: false,
    reads: ["name", "state"],
    check: (later, earlier, file) => {
      // Equal names bring equal defaults along; the name is the thing to change.
      if (later.name === earlier.name && later.state.backend === "local") return [];
      const [path, place] = statePlace(later);
      return place === statePlace(earlier)[1]
        ? [
            finding(
              path,
              `must not be the state of ${file} too: each would destroy what the other made`,
              place,
              "choose another place",
            ),
          ]
        : [];
    },
  },
  {
    id: "published-ports-differ",
    sameHost: true,
    reads: PUBLISHING_KEYS,
    check: (later, earlier, file) =>
      publishedPorts(later).flatMap((port) => {
        const taken = publishedPorts(earlier).find((other) => collide(port, other));
        const rule = `must not be a port that ${file} publishes on the same Docker host (${taken?.path} ${taken?.address}:${taken?.port})`;
        return taken ? [portFinding(port, rule)] : [];
      }),
  },
  {
    id: "volumes-differ",
    sameHost: true,
    reads: ["name", "storage.rustfs.volume", "storage.rustfs.directories"],
    check: (later, earlier, file) => {
      const volume = dataVolume(later);
      if (later.name === earlier.name) return [];
      return volume && volume.name === dataVolume(earlier)?.name
        ? [
            finding(
              `${volume.path}.name`,
              `must not be the data volume of ${file} on the same Docker host too`,
              volume.name,
              "choose another name, or remove it",
            ),
          ]
        : [];
    },
  },
  {
    id: "namespaces-differ",
    sameHost: true,
    reads: ["kubernetes.namespace"],
    check: ({ kubernetes: later }, { kubernetes: earlier }, file) =>
      later && earlier && later.namespace === earlier.namespace
        ? [
            finding(
              "kubernetes.namespace",
              `must not be the namespace of ${file} on the same cluster too: it holds one registry`,
              later.namespace,
              "choose another namespace",
            ),
          ]
        : [],
  },
  {
    id: "directories-differ",
    sameHost: true,
    reads: ["storage.rustfs.directories"],
    check: (later, earlier, file) =>
      dataDirectories(later).flatMap(({ path, directory }) => {
        const taken = dataDirectories(earlier).find(
          ({ directory: other }) => isSameOrInside(directory, other) || isSameOrInside(other, directory),
        );
        const rule = `must lie apart from ${taken?.directory}, where ${file} keeps its data on the same Docker host`;
        return taken ? [finding(path, rule, directory, "choose another directory")] : [];
      }),
  },
  {
    id: "subnets-differ",
    sameHost: true,
    reads: ["networks.edge.subnet", "networks.storage.subnet"],
    check: (later, earlier, file) =>
      nouns.flatMap((noun) => {
        const subnet = later.networks[noun].subnet;
        const taken = nouns
          .map((other) => earlier.networks[other].subnet)
          .find((other) => subnet && other && networksOverlap(subnet, other));
        const rule = `must not overlap ${taken}, a network of ${file} on the same Docker host`;
        return taken ? [finding(`networks.${noun}.subnet`, rule, subnet, "choose another range")] : [];
      }),
  },
  {
    id: "registries-share-a-storage",
    sameHost: false,
    reads: ["storage", "registry.cache", "registry.proxy", "registry.tls"],
    check: (later, earlier, file) => (sharesStorage(later, earlier) ? besideAnother(later, earlier, file) : []),
  },
];

/** The Docker volume that holds an environment's images. */
function dataVolume(environment: Environment): { readonly path: string; readonly name: string } | undefined {
  // A cluster's claims are named after their environment.
  if (environment.kubernetes) return undefined;
  const [server] = storageSections(environment).filter(({ kind, directories }) => kind !== "s3" && !directories);
  if (!server) return undefined;
  const name = server.volume?.name ?? dataVolumeName(environment.name, server.kind);
  return { path: `storage.${server.kind}.volume`, name };
}

function dataDirectories(environment: Environment) {
  return storageSections(environment).flatMap(({ kind, directories = [] }) =>
    directories.map((directory, n) => ({ path: `storage.${kind}.directories.${n}`, directory })),
  );
}

/** What two registries that keep their images in one place must fulfil. */
function besideAnother({ registry: later }: Environment, { registry: earlier }: Environment, file: string): Finding[] {
  const hosts = (tls: Environment["registry"]["tls"]) => ("hosts" in tls ? tls.hosts : []);
  const both = hosts(later.tls).find((host) => hosts(earlier.tls).includes(host));
  const cacheOf = ({ cache }: Environment["registry"]) =>
    cache?.type === "redis"
      ? `redis at ${cache.addresses.join(", ")}, ${cache.database ?? 0}`
      : (cache?.type ?? "inmemory");
  const isFine = cacheOf(later) === cacheOf(earlier) && cacheOf(later) !== "inmemory";
  return [
    ...unless(
      !later.proxy && !earlier.proxy,
      later.proxy ? "registry.proxy" : "storage",
      `must not share a bucket and folder with ${file}: what a pull-through cache keeps is not what was pushed`,
      undefined,
      "choose another rootDirectory",
    ),
    ...unless(
      isFine || later.proxy !== undefined || earlier.proxy !== undefined,
      "registry.cache",
      `must be none, or the same redis, here and in ${file}, which keeps its images in the same place: neither would see what the other deletes`,
      cacheOf(later),
      "write `cache: { type: none }` in both, or choose another rootDirectory",
    ),
    ...unless(
      both === undefined,
      "registry.tls.hosts",
      `must not get a certificate for a name that ${file} gets one for, too: Let's Encrypt asks either of them`,
      both,
      "use mode certificate or behind-proxy in both",
    ),
  ];
}

const nouns = ["edge", "storage"] as const;

/** Everything wrong with pairs of environments, each said of the one whose file comes later. */
export function checkPairs(members: readonly Member[]): { member: Member; finding: Finding }[] {
  return members.flatMap((later, index) =>
    members.slice(0, index).flatMap((earlier) =>
      pairRules
        .filter((rule) => applies(rule, later, earlier))
        .flatMap(({ reads, check }) => pointing(check(later.environment, earlier.environment, earlier.file), reads))
        .map((finding) => ({ member: later, finding })),
    ),
  );
}

function applies({ sameHost, reads }: PairRule, a: Member, b: Member): boolean {
  const needed = sameHost ? [...reads, "docker.host", "kubernetes.context"] : reads;
  if (!isReadable(needed, a.broken) || !isReadable(needed, b.broken)) return false;
  return !sameHost || dockerHost(a.environment) === dockerHost(b.environment);
}

/** One spelling per Docker host: its usual port, another user or a link to the socket make no difference. */
export function dockerHost({ docker, kubernetes }: Environment): string {
  if (!docker) return `kubernetes://${kubernetes?.context}`;
  return docker.host
    .replace(/^unix:\/\/\/var\/run\//, "unix:///run/")
    .replace(/^(ssh:\/\/)[^@/]*@/, "$1")
    .replace(/^(ssh:\/\/.*):22$/, "$1")
    .replace(/^tcp:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?=:)/i, "tcp://localhost")
    .replace(/^((?:ssh|tcp):\/\/)(.*)$/, (_, scheme: string, name: string) => scheme + name.toLowerCase());
}

/** Where an environment's state is: the key that says so, and a text equal only for the same place. */
function statePlace({ state }: Environment): readonly [path: string, place: string] {
  switch (state.backend) {
    case "local":
      return ["state.path", posix.normalize(state.path ?? "")];
    case "s3":
      return ["state.key", `${state.endpoint ?? "s3:/"}/${state.bucket}/${state.key}`];
    case "http":
      return ["state.address", state.address];
    case "pg":
      return ["state.schemaName", `PostgreSQL schema ${state.schemaName ?? "terraform_remote_state"}`];
    case "gcs":
      return ["state.prefix", `gs://${state.bucket}/${state.prefix ?? ""}`];
    case "azurerm":
      return ["state.key", `azurerm ${state.storageAccountName}/${state.containerName}/${state.key}`];
  }
}
