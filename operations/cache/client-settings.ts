import type { Environment } from "../../config";
import { clientAddress, clientUrl } from "../../stacks";
import { command } from "../command";
import { Failure } from "../failure";

/** What one kind of client needs to pull through a cache. */
export interface ClientSetting {
  /** Who reads it. */
  readonly client: string;
  /** Where it belongs on the client. */
  readonly file: string;
  readonly content: string;
  /** What else is to do, and what does not work, a sentence each. */
  readonly notes: readonly string[];
}

/** What the environment does not say. */
export interface ClientOptions {
  /** The registry that clients mean, where the cache's own upstream is a mirror of it. @default - the upstream */
  readonly upstream?: string;
  /** Whether clients trust the cache by the files of `trust`. @default false */
  readonly privateCa?: boolean;
}

interface Cache {
  readonly environment: string;
  readonly url: string;
  readonly address: string;
  /** As in names of images: `docker.io`. */
  readonly upstream: string;
  /** Where clients that know the upstream's name find it. */
  readonly upstreamUrl: string;
  readonly privateCa: boolean;
}

const HUB = "docker.io";
const HUB_HOSTS = new Set([HUB, "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"]);

/**
 * What each kind of client needs so that images of the upstream come through the cache under their own names.
 * @throws Failure for a registry that is no cache
 */
export function clientSettings(environment: Environment, options: ClientOptions = {}): readonly ClientSetting[] {
  const { name, registry } = environment;
  const { remoteurl } = (registry.configuration?.proxy ?? {}) as { remoteurl?: string };
  const remote = registry.proxy?.remoteUrl ?? remoteurl;
  if (!remote) throw new Failure(`${name} is no pull-through cache`, "set registry.proxy.remoteUrl in its file");
  const host = options.upstream ?? new URL(remote).host;
  const upstream = HUB_HOSTS.has(host) ? HUB : host;
  const cache: Cache = {
    environment: name,
    url: clientUrl(environment),
    address: clientAddress(environment),
    upstream,
    upstreamUrl: upstreamUrl(upstream, remote),
    privateCa: options.privateCa === true,
  };
  return [dockerHosts(cache), ...(upstream === HUB ? [dockerMirrors()] : []), containerd(cache), k3s(cache)].concat(
    buildkit(cache),
    podman(cache),
  );
}

/** That of the environment, where the cache's upstream is what clients mean, with HTTP if it has no TLS. */
function upstreamUrl(upstream: string, remote: string): string {
  if (upstream === HUB) return "https://registry-1.docker.io";
  const { host, origin } = new URL(remote);
  return host === upstream ? origin : `https://${upstream}`;
}

const BASIC = "USER_AND_PASSWORD";
const ENCODE = `${BASIC} is what \`printf %s 'USER:PASSWORD' | base64 -w0\` prints; the file then belongs to root, mode 0600.`;

/** One format, read by Docker with the containerd image store and by containerd. @param folder where `trust` puts the CA, too */
function hostsToml({ url, upstreamUrl, address, privateCa }: Cache, folder: string): string {
  return [
    `server = "${upstreamUrl}"`,
    "",
    `[host."${url}"]`,
    '  capabilities = ["pull", "resolve"]',
    ...(privateCa ? [`  ca = "${folder}/${address}/ca.crt"`] : []),
    "",
    `[host."${url}".header]`,
    `  authorization = "Basic ${BASIC}"`,
    "",
  ].join("\n");
}

function dockerHosts(cache: Cache): ClientSetting {
  const folder = "/etc/docker/certs.d";
  return {
    client: "Docker Engine 28 or newer with the containerd image store (new installations of 29 have it)",
    file: `${folder}/${cache.upstream}/hosts.toml`,
    content: hostsToml(cache, folder),
    notes: [
      ENCODE,
      "Read with the next pull, no restart. `docker info -f '{{.DriverStatus}}'` names io.containerd.snapshotter.v1 where this store is used.",
      ...authority(cache),
    ],
  };
}

/** Where the relay of the guide listens. */
const RELAY = "http://127.0.0.1:5010";

function dockerMirrors(): ClientSetting {
  return {
    client: "Docker Engine with the classic image store",
    file: "/etc/docker/daemon.json",
    content: `${JSON.stringify({ "registry-mirrors": [RELAY] }, undefined, 2)}\n`,
    notes: [
      `${RELAY} is a relay on the client that logs in at the cache: docs/guides/pull-through-cache.md#docker-with-the-classic-image-store.`,
      "Without the relay, Docker sends the mirror no login, even after docker login. The cache refuses the request, and Docker then pulls from Docker Hub without a message.",
      "`systemctl reload docker` reads it.",
    ],
  };
}

function containerd(cache: Cache): ClientSetting {
  const folder = "/etc/containerd/certs.d";
  return {
    client: "containerd and Kubernetes nodes",
    file: `${folder}/${cache.upstream}/hosts.toml`,
    content: hostsToml(cache, folder),
    notes: [
      ENCODE,
      `Read with the next pull, once /etc/containerd/config.toml has \`config_path = "${folder}"\`: below [plugins."io.containerd.cri.v1.images".registry] in containerd 2, below [plugins."io.containerd.grpc.v1.cri".registry] in 1.x.`,
    ],
  };
}

function k3s({ upstream, url, address, privateCa }: Cache): ClientSetting {
  const ca = `/etc/containerd/certs.d/${address}/ca.crt`;
  return {
    client: "k3s and RKE2",
    file: "/etc/rancher/k3s/registries.yaml",
    content: [
      "mirrors:",
      `  "${upstream}":`,
      `    endpoint: ["${url}"]`,
      "configs:",
      `  "${address}":`,
      "    auth: { username: USER, password: PASSWORD }",
      ...(privateCa ? [`    tls: { ca_file: "${ca}" }`] : []),
      "",
    ].join("\n"),
    notes: ["RKE2 reads /etc/rancher/rke2/registries.yaml. On every node; `systemctl restart k3s` reads it."],
  };
}

function buildkit({ environment, upstream, url, address, privateCa }: Cache): ClientSetting {
  const transport = url.startsWith("http:") ? "  http = true" : privateCa ? '  ca = ["ca.crt"]' : undefined;
  return {
    client: "BuildKit in a container",
    file: "buildkitd.toml",
    content: [
      `[registry."${upstream}"]`,
      `  mirrors = ["${address}"]`,
      ...(transport ? ["", `[registry."${address}"]`, transport] : []),
      "",
    ].join("\n"),
    notes: [
      `docker buildx create --use --name ${environment}-builder --driver docker-container --buildkitd-config buildkitd.toml`,
      `It uses the login of whoever builds: docker login ${address}. The BuildKit inside Docker Engine pulls as the Engine does.`,
      ...(privateCa ? ["ca.crt is the one that `trust` wrote, in the folder where the builder is made."] : []),
    ],
  };
}

function podman({ upstream, url, address }: Cache): ClientSetting {
  return {
    client: "Podman, Buildah, Skopeo and CRI-O",
    file: "/etc/containers/registries.conf.d/private-registry.conf",
    content: [
      "[[registry]]",
      `prefix = "${upstream}"`,
      `location = "${upstream}"`,
      "",
      "[[registry.mirror]]",
      `location = "${address}"`,
      ...(url.startsWith("http:") ? ["insecure = true"] : []),
      "",
    ].join("\n"),
    notes: [
      `podman login ${url.startsWith("http:") ? "--tls-verify=false " : ""}${address}; CRI-O takes the login from its global_auth_file.`,
      `With \`location = "${address}"\` in the first part and no second one, ${upstream} itself is never asked.`,
      "skopeo inspect needs --no-tags: it asks the upstream itself for the list of tags.",
    ],
  };
}

function authority({ environment, url, privateCa }: Cache): string[] {
  if (url.startsWith("http:"))
    return [`${url} is plain HTTP: it works on the cache's own host only, unless registry.tls is set.`];
  return privateCa ? [`ca.crt is put there by install.sh of ${command("trust", environment)}.`] : [];
}
