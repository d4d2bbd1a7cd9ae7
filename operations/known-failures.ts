import { objectName } from "../constructs/values/object-names";
import { aBundle } from "./bundle/remedy";
import { command, quote } from "./command";
import { storageExplanation } from "./storage-failures";

/** What the explanation of a failure may mention. */
export interface FailureContext {
  /** Name of the environment. */
  readonly environment: string;
  /** `docker.host` of the environment. */
  readonly dockerHost: string;
  /** `docker.sshOptions` of the environment. @default - none */
  readonly sshOptions?: readonly string[];
  /** Whom ssh logs in as. @default - whom `docker.host` says, if it does */
  readonly sshUser?: string;
  /** Who runs this. @default - unknown */
  readonly user?: string;
}

/** A failure in a person's words. */
export interface Explanation {
  /** What happened and, where it is not plain, why most likely. */
  readonly message: string;
  /** What to do. */
  readonly remedy: string;
}

/** An engine that knows no `start_interval`, which the containers' health checks have by default. */
export function olderThan25(environment: string, engine: string): Explanation {
  return {
    message: `The Docker Engine at ${engine} is older than 25: it knows no start_interval for health checks`,
    remedy: `write \`docker: { olderThan25: true }\` in environments/${environment}.yaml, or install a newer engine`,
  };
}

/** A call of ssh that can be pasted. */
function sshTo({ dockerHost, sshOptions = [] }: FailureContext, what: string, ...more: readonly string[]): string {
  return ["ssh", ...more, ...sshOptions.map(quote), dockerHost, what].join(" ");
}

/** ssh itself asks, shows the fingerprint, and writes what was answered where it looks next time. */
function newHostKey(context: FailureContext): string {
  return `${sshTo(context, "true", "-o", "StrictHostKeyChecking=ask")} shows the key's fingerprint and asks; on the host's own console: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`;
}

/** How a port below 1024 is opened to everybody, for good. */
export function privilegedPort(port: number): string {
  return `port ${port} is root's; on the Docker host: echo net.ipv4.ip_unprivileged_port_start=${port} | sudo tee /etc/sysctl.d/50-ports.conf && sudo sysctl --system`;
}

interface KnownFailure {
  /** Names it in tests and for machines. */
  readonly id: string;
  readonly pattern: RegExp;
  readonly explain: (match: RegExpExecArray, context: FailureContext) => Explanation;
}

/**
 * Failures that have been seen, most particular first: one text may hold several, and the first that fits explains it.
 * Most patterns are tested against what the tools really said; the test says which rest on their documentation.
 */
export const KNOWN_FAILURES: readonly KnownFailure[] = [
  {
    id: "storage-owner",
    pattern: /Server runtime failed[^\n]*Permission denied|Disk local startup[^\n]*Permission denied/i,
    explain: (_, { environment }) => ({
      message: "RustFS may not write where its data is to be: the directory belongs to somebody else",
      remedy: `${command("doctor", environment)} says whom it must belong to on this host, and how; then ${command("up", environment)}`,
    }),
  },
  {
    id: "bucket-job",
    pattern: /bucket-init: failed: (?<line>.+)/,
    explain: ({ groups }, { environment }) => ({
      message: `The job that prepares the bucket failed: ${groups?.line?.trim()}`,
      remedy: `${command("logs", environment, "rustfs")} shows the storage's side; then ${command("up", environment)} runs the job again`,
    }),
  },
  {
    id: "storage-proof",
    pattern: /storage-proof: failed: (?<line>.+)/,
    explain: ({ groups }, context) => {
      const line = groups?.line?.trim() ?? "";
      const { message, remedy } = storageExplanation(line, context) ?? {
        message: line,
        remedy: `look at the storage's own log; then ${command("up", context.environment)} tries again`,
      };
      return { message: `The registry's storage does not work: ${message}`, remedy };
    },
  },
  {
    id: "users-job",
    pattern: /htpasswd: failed: (?<line>.+)/,
    explain: ({ groups }, { environment }) => ({
      message: `The job that writes the users' file failed: ${groups?.line?.trim()}`,
      remedy: command("users list", environment),
    }),
  },
  {
    id: "docker-permission-over-ssh",
    pattern:
      /(?:ssh ended with|command \[ssh)[\s\S]*(?:permission denied while trying to connect to the docker|dial unix \S+: connect: permission denied)/i,
    explain: (_, { dockerHost, sshUser }) => {
      const { username, hostname } = new URL(dockerHost);
      const user = username || sshUser;
      return {
        message: `${user ? `User ${user}` : "The user that ssh logs in as"} may not use Docker's socket on ${hostname}`,
        remedy: `on ${hostname}, as root: usermod -aG docker ${user || "USER"} (who is in that group controls the machine)`,
      };
    },
  },
  {
    id: "docker-permission",
    pattern: /permission denied while trying to connect to the docker|connect EACCES|dial unix .*: permission denied/i,
    explain: (_, { dockerHost, user }) => ({
      message: `${user ? `User ${user}` : "This user"} may not use Docker's socket, ${dockerHost}`,
      remedy: `sudo usermod -aG docker ${user ?? "$USER"}, then log in anew (who is in that group controls the machine)`,
    }),
  },
  {
    id: "ssh-host-key-changed",
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED(?:[\s\S]*remove with:\s+(?<remove>ssh-keygen [^\r\n]+))?/i,
    explain: ({ groups }, context) => ({
      message: `The host key of ${context.dockerHost} is not the one that ssh knows: the machine was set up anew, or another one answers`,
      remedy: `ask on the host's own console, as below; only when it was set up anew: ${groups?.remove ?? "ssh-keygen -R HOST"}\n  → ${newHostKey(context)}`,
    }),
  },
  {
    id: "ssh-host-key",
    pattern: /host key verification failed/i,
    explain: (_, context) => ({
      message: `ssh does not know the host key of ${context.dockerHost}`,
      remedy: newHostKey(context),
    }),
  },
  {
    id: "ssh-key",
    pattern: /permission denied \((publickey|password|keyboard|gssapi|hostbased)/i,
    explain: (_, context) => ({
      message: `${context.dockerHost} accepts none of your ssh keys`,
      remedy: `ssh-add -l lists the keys on offer; which were tried: ${sshTo(context, "docker version", "-v")}`,
    }),
  },
  {
    id: "ssh-no-docker",
    pattern: /ssh[\s\S]*docker: (?:command )?not found|(?:ssh ended with|exit status) 127\b/i,
    explain: (_, context) => ({
      message: `${context.dockerHost} has no docker command on the PATH of the user that ssh logs in as`,
      remedy: `install Docker's command line there; if it is there: ${sshTo(context, "'echo $PATH'")} shows where ssh looks, which is not what a login shell says`,
    }),
  },
  {
    id: "ssh-refused",
    pattern: /kex_exchange_identification|ssh_exchange_identification|connection (?:closed|reset) by [^\n]* port \d+/i,
    explain: (_, { dockerHost }) => ({
      message: `sshd on ${dockerHost} ends the connection before it has begun: too many at once, or this address is blocked`,
      remedy:
        "try again; sshd's MaxStartups lets 10 connections be without a login at a time (man sshd_config), and this logs in once, and again for sessions that MaxSessions refuses; fail2ban and firewalls block addresses for a while",
    }),
  },
  {
    id: "ssh-unreachable",
    pattern: /ssh: (?:connect to host \S+ port \d+: |could not resolve hostname )(?<why>[^\r\n]*)|spawn ssh ENOENT/i,
    explain: ({ groups }, context) => ({
      message: `${context.dockerHost} is not reachable by ssh: ${groups?.why?.trim() || "ssh is not installed here"}`,
      remedy: groups?.why ? `try: ${sshTo(context, "docker version")}` : "install OpenSSH's client",
    }),
  },
  {
    id: "docker-not-running",
    pattern:
      /cannot connect to the docker daemon|is the docker daemon running|dial unix \S+: connect: (?:no such file|connection refused)|connect (?:ENOENT|ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH)|getaddrinfo \w+/i,
    explain: (_, { dockerHost }) => ({
      message: `Docker does not answer at ${dockerHost}: most likely it is not running`,
      remedy: dockerHost.startsWith("unix:")
        ? "sudo systemctl start docker (or start Docker Desktop); is docker.host in the environment file right?"
        : "start Docker there; is docker.host in the environment file right?",
    }),
  },
  {
    id: "docker-silent",
    pattern: /no answer to (?<what>[A-Z]+ \/\S*) within (?<limit>\d+(?:\.\d+)?) s/,
    explain: ({ groups }, { dockerHost }) => ({
      message: `Docker at ${dockerHost} accepts connections and does not answer: nothing came within ${groups?.limit} s`,
      remedy:
        "look at the engine on its host: systemctl status docker, journalctl -u docker; a restart of it mostly helps",
    }),
  },
  {
    id: "docker-tls",
    pattern:
      /tlsv1[^\n]*alert|unable to (?:get|verify)[^\n]*certificate|ERR_TLS_CERT|bad certificate|x509: certificate signed by unknown authority[^\n]*docker daemon/i,
    explain: (_, { dockerHost }) => ({
      message: `${dockerHost} and this machine do not accept each other's certificates`,
      remedy: "docker.tlsDirectory must hold the ca.pem, cert.pem and key.pem that were made for this engine",
    }),
  },
  {
    id: "docker-closed",
    pattern: /^(?:socket hang up|read ECONNRESET|write EPIPE)$/m,
    explain: (_, { dockerHost }) =>
      dockerHost.startsWith("tcp:")
        ? {
            message: `${dockerHost} closes the connection: mostly because it wants another certificate, or speaks TLS only`,
            remedy: "docker.tlsDirectory must hold the ca.pem, cert.pem and key.pem that were made for this engine",
          }
        : {
            message: `${dockerHost} closed the connection before it answered: the engine was stopped or restarted`,
            remedy: `docker --host ${dockerHost} info says whether it answers again; then repeat the command`,
          },
  },
  {
    id: "port-privileged",
    pattern: /cannot expose privileged port (?<port>\d+)/i,
    explain: ({ groups }, { environment }) => ({
      message: `The engine is rootless and may not publish port ${groups?.port}`,
      remedy: `${privilegedPort(Number(groups?.port))}; then ${command("up", environment)}; or choose a publish.port from 1024`,
    }),
  },
  {
    id: "port-taken",
    pattern:
      /(?:bind for |listen tcp\d? )(?<address>\[?[\d.:a-f]+\]?):(?<port>\d+)(?: failed: port is already allocated|: bind: address already in use)/i,
    explain: ({ groups }) => ({
      message: `Port ${groups?.port} of ${groups?.address} is taken`,
      remedy: "stop what uses it, or choose another publish.port in the environment file",
    }),
  },
  {
    id: "address-absent",
    pattern: /(?<address>\[?[\d.:a-f]+\]?):(?<port>\d+)[^\n]*cannot assign requested address/i,
    explain: ({ groups }, { environment }) => ({
      message: `The Docker host does not have the address ${groups?.address}, or did not have it yet when the container was to start`,
      remedy: `when it is there: docker start ${objectName(environment, "registry")}, or ${command("up", environment)}; for an address that comes late at every boot see docs/guides/production.md`,
    }),
  },
  {
    id: "name-taken",
    pattern: /The container name "\/?(?<name>[^"]+)" is already in use by container "(?<id>[0-9a-f]{12})/,
    explain: ({ groups }, { environment }) => ({
      message: `A container called ${groups?.name} exists and is not ${environment}'s: it is not in the Terraform state`,
      remedy: `look at it: docker inspect ${groups?.id}; then rename or remove it, or give the environment another name`,
    }),
  },
  {
    id: "provider-locked",
    pattern:
      /doesn't\s+match\s+any\s+of\s+the\s+checksums|previously-selected\s+version\s+\S+\s+is\s+no\s+longer\s+available|provider\s+dependency\s+changes\s+detected|inconsistent\s+dependency\s+lock\s+file/i,
    explain: () => ({
      message:
        "The provider that is to be had here is not the one of the kept lock: another version, a changed one, or a platform that the lock does not know",
      remedy: `${command("lock")} takes this platform in, and shows in Git what changed; a checksum that changed for the same version is an attack or a rebuilt mirror`,
    }),
  },
  {
    id: "provider-unavailable",
    pattern:
      /failed to query available provider packages|failed to install provider|could not connect to registry\.\S+|provider registry \S+ does not have a provider/i,
    explain: (_, { environment }) => ({
      message: "Terraform cannot get the Docker provider, kreuzwerker/docker: its registry is not reachable from here",
      remedy: `offline, put the provider into ~/.terraform.d/plugins/registry.terraform.io/kreuzwerker/docker/VERSION/OS_ARCH (docs/cli.md), or ${aBundle(environment)}`,
    }),
  },
  {
    id: "rate-limited",
    pattern: /toomanyrequests|429 Too Many Requests|pull rate limit/i,
    explain: () => ({
      message: "The registry that the images come from has had too many pulls from this address",
      remedy:
        "wait, or docker login (limits are higher for users), or name a mirror: images.mirror in the environment file",
    }),
  },
  {
    id: "image-not-found",
    pattern:
      /manifest for (?<image>\S+) not found|failed to resolve reference \\?"(?<reference>[^"\\]+)\\?"[^\n]*: not found|manifest unknown|pull access denied for (?<denied>\S+?),|repository \S+ not found|unable to (?:find|read) docker image[^\n]*not found/i,
    explain: ({ groups }) => ({
      message: `There is no image ${groups?.image ?? groups?.reference ?? groups?.denied ?? "of that name"}, or it needs a login`,
      remedy:
        "correct images.distribution, images.rustfs or images.mirror in the environment file, or fill the mirror (docs/guides/mirrors.md); for a private mirror, docker login first",
    }),
  },
  {
    id: "image-other-content",
    pattern: /manifest verification failed for digest|unexpected commit digest/i,
    explain: () => ({
      message: "What the images come from answers with something else than the image of this digest; it was not taken",
      remedy: "name another mirror: images.mirror in the environment file (docs/guides/mirrors.md)",
    }),
  },
  {
    // A portal, or a prefix of the mirror's website.
    id: "image-no-registry",
    pattern:
      /error parsing HTTP (?<status>\d+) response body|unexpected status from \w+ request to \S+: (?<refused>403)\b/i,
    explain: ({ groups }) => ({
      message: `What the images come from answers HTTP ${groups?.status ?? groups?.refused}, and not as a registry that has the image`,
      remedy:
        "write the prefix that the mirror's own pages name, or another mirror, since some are for their own customers only: images.mirror in the environment file (docs/guides/mirrors.md)",
    }),
  },
  {
    id: "image-login",
    pattern:
      /no basic auth credentials|error response from daemon: unauthorized|server error - unauthorized|unauthorized: /i,
    explain: () => ({
      message: "The registry that the images come from wants a login",
      remedy: "docker login to it on this machine, or name another one: images.mirror in the environment file",
    }),
  },
  {
    id: "image-unreachable",
    pattern:
      /(?:Get|Head) "https?:\/\/(?<host>[^/"]+)[^"]*": (?<why>[^\n]*)|(?:lookup|dial tcp:? lookup) (?<name>\S+)[^\n]*no such host/i,
    explain: ({ groups }, { environment }) => ({
      message: `The Docker host does not reach ${groups?.host ?? groups?.name}, where the images come from: ${groups?.why ?? "no such host"}`,
      remedy: `without a way out, name a mirror that it does reach: images.mirror in the environment file; or ${aBundle(environment)}`,
    }),
  },
  {
    id: "state-locked",
    pattern:
      /error acquiring the state lock(?:[\s\S]*?\n\W*ID:\s+(?<id>\S+))?(?:[\s\S]*?\n\W*Who:\s+(?<who>\S+))?(?:[\s\S]*?\n\W*Created:\s+(?<when>[^\n]+))?/i,
    explain: ({ groups }, { environment }) => ({
      message: `Somebody else is changing ${environment}${groups?.who ? `: ${groups.who}` : ""}${groups?.when ? `, since ${groups.when.trim()}` : ""}`,
      remedy: `wait until it is done; if it was killed: terraform -chdir=cdktf.out/stacks/${environment} force-unlock ${groups?.id ?? "ID"}`,
    }),
  },
  {
    id: "disk-full",
    pattern: /no space left on device/i,
    explain: (_, { environment }) => ({
      message: "A disk is full: this machine's or the Docker host's",
      remedy: `docker system df shows what Docker uses; then ${command("up", environment)} goes on`,
    }),
  },
  {
    id: "data-protected",
    pattern: /instance cannot be destroyed[\s\S]*?resource (?:instance )?(?<address>[\w.]+) has/i,
    explain: ({ groups }, { environment }) => ({
      message: `The plan would destroy ${groups?.address}, which is protected; nothing was changed`,
      remedy: `a changed volume name or environment name means new, empty storage: undo it; to give the data up: ${command("down", environment, "--delete-data")}`,
    }),
  },
  {
    id: "not-healthy",
    pattern: /container failed to be in healthy state/i,
    explain: (_, { environment }) => ({
      message: "The registry started and did not become healthy in time",
      remedy: `${command("logs", environment, "registry", "--no-follow")} says why; ${command("up", environment)} tries again`,
    }),
  },
  {
    id: "engine-older-than-25",
    pattern: /start interval"? requires API version 1\.44/i,
    explain: (_, { environment, dockerHost }) => olderThan25(environment, dockerHost),
  },
  {
    id: "network-overlap",
    pattern: /pool overlaps with other one on this address space|non-overlapping IPv4 address pool/i,
    explain: () => ({
      message: "Docker has no free address range for a network",
      remedy:
        "set networks.edge.subnet and networks.storage.subnet in the environment file to ranges that nothing uses, or remove unused networks",
    }),
  },
  {
    id: "bad-secret",
    pattern: /invalid value for variable[\s\S]*?(?<rule>\w+ (?:must|needs)[^\n]*)/i,
    explain: ({ groups }, { environment }) => ({
      message: `A secret is not as it should be: ${groups?.rule}`,
      remedy: `${command("secrets path", environment)} says where it is; ${command("secrets rotate", environment)} makes new ones`,
    }),
  },
  {
    id: "terraform-version",
    pattern: /unsupported terraform core version/i,
    explain: () => ({
      message: "This Terraform is too old or too new",
      remedy: "use Terraform 1.4 or newer, or OpenTofu",
    }),
  },
  {
    id: "state-newer",
    pattern: /state snapshot was created by (?<version>\S+ v?[\d.]+), which is newer/i,
    explain: ({ groups }) => ({
      message: `The state was written by ${groups?.version}, which is newer than the one used here`,
      remedy: "use at least that version",
    }),
  },
  {
    id: "state-broken",
    pattern:
      /unsupported state file format|state file could not be parsed|error (?:loading|reading) state|failed to (?:load|read) state/i,
    explain: (_, { environment }) => ({
      message: `The state of ${environment} cannot be read: the file was changed or cut off`,
      remedy:
        "restore it from the backup beside it (….tfstate.backup) or from your own; do not delete it while the containers exist",
    }),
  },
  {
    id: "backend-changed",
    pattern: /backend configuration changed|backend initialization required/i,
    explain: (_, { environment }) => ({
      message: "The environment's `state` section changed, and the state has not moved",
      remedy: `to take it along: terraform -chdir=cdktf.out/stacks/${environment} init -migrate-state`,
    }),
  },
  {
    id: "backend-credentials",
    pattern: /no valid credential sources|InvalidAccessKeyId|SignatureDoesNotMatch|NoCredentialProviders/i,
    explain: () => ({
      message: "The storage of the Terraform state refuses the credentials, or there are none",
      remedy: "export the backend's own variables, e.g. AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    }),
  },
];

/** The explanation of a tool's text, and which failure it is; none when it is not known. */
export function recognise(
  text: string,
  context: FailureContext,
): (Explanation & { id: string; match: RegExpExecArray }) | undefined {
  for (const { id, pattern, explain } of KNOWN_FAILURES) {
    const match = pattern.exec(text);
    if (match) return { id, match, ...explain(match, context) };
  }
  return undefined;
}
