import { objectName } from "../constructs/values/object-names";
import { aBundle } from "./bundle/remedy";
import { command } from "./command";
import { CONNECTION_FAILURES } from "./docker/connection-failures";
import { IMAGE_FAILURES } from "./docker/image-failures";
import { KUBERNETES_FAILURES } from "./kubernetes/terraform-failures";
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

/** How a port below 1024 is opened to everybody, for good. */
export function privilegedPort(port: number): string {
  return `port ${port} is root's; on the Docker host: echo net.ipv4.ip_unprivileged_port_start=${port} | sudo tee /etc/sysctl.d/50-ports.conf && sudo sysctl --system`;
}

export interface KnownFailure {
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
  ...CONNECTION_FAILURES,
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
        "The provider found here does not match the lock file: another version, other content, or a platform that the lock lacks",
      remedy: `${command("lock")} takes this platform in, and shows in Git what changed; a checksum that changed for the same version is an attack or a rebuilt mirror`,
    }),
  },
  {
    id: "provider-unavailable",
    pattern:
      /failed to query available provider packages|failed to install provider|could not connect to registry\.\S+|provider registry \S+ does not have a provider/i,
    explain: ({ input }, { environment }) => {
      const [name, source] = /hashicorp\/kubernetes/.test(input)
        ? ["Kubernetes", "hashicorp/kubernetes"]
        : ["Docker", "kreuzwerker/docker"];
      return {
        message: `Terraform cannot get the ${name} provider, ${source}: its registry is not reachable from here`,
        remedy: `offline, put the provider into ~/.terraform.d/plugins/registry.terraform.io/${source}/VERSION/OS_ARCH (docs/cli.md), or ${aBundle(environment)}`,
      };
    },
  },
  ...IMAGE_FAILURES,
  ...KUBERNETES_FAILURES,
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
