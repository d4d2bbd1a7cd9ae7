import type { Environment } from "../config";
import type { PlatformObject } from "../constructs";
import { watchersOf } from "../constructs/monitoring/options";
import { inUrl } from "../constructs/values/addresses";
import { LOOPBACK } from "../constructs/values/defaults";
import { isLoopback } from "../constructs/values/ip";
import { publishedAddresses, reach } from "../constructs/values/publish";
import { platformOf } from "./platforms";
import type { RegistryStack } from "./registry-stack";
import { storageServer } from "./storage";
import { registryTls } from "./tls";

export interface SummaryOptions {
  /** What a reviewer has to say. @default - nothing */
  readonly remarks?: readonly string[];
  /** The command that deploys it. @default - as from a checkout */
  readonly deploy?: string;
}

/** What an environment will be, for a person who is about to deploy it. Lines without colour, at most 120 wide. */
export function summary(stack: RegistryStack, options: SummaryOptions = {}): string {
  const { remarks = [], deploy = `npx private-registry up ${stack.environment.name}` } = options;
  const { environment } = stack;
  const { distribution, loginCommand } = stack.registry;
  const rows: [string, readonly string[]][] = [
    ["clients", [loginCommand, `${distribution.url}/v2/`]],
    ["TLS", [registryTls(environment).summary()]],
    ["published", published(environment)],
    ["data", [`${stack.registry.dataLocation}, bucket ${stack.registry.bucket}`, protection(environment)]],
    ["creates", creates(stack)],
    ["images", images(stack)],
    ["on", [platformOf(environment).place]],
    ["state", [state(environment)]],
    ["review", remarks],
    ["deploy", [deploy]],
  ];
  const lines = rows.flatMap(([label, values]) =>
    values.filter(Boolean).map((value, n) => `  ${(n === 0 ? label : "").padEnd(10)} ${value}`),
  );
  return [environment.name, ...lines].join("\n");
}

function published(environment: Environment): string[] {
  const { access, registry, kubernetes } = environment;
  if (kubernetes) return [exposed(kubernetes, registry)];
  const { publish } = registry;
  const { monitoring } = environment;
  const isPublished = registryTls(environment).network === undefined;
  const ports = [
    { title: "registry", published: isPublished ? publish : undefined },
    ...(storageServer(environment)?.ports ?? []),
    { title: "tokens", published: isPublished && access ? { ...publish, port: access.port } : undefined },
    ...watchersOf(monitoring).map((noun) => ({
      title: `${noun[0]?.toUpperCase()}${noun.slice(1)}`,
      published: { address: LOOPBACK, port: monitoring[noun]?.port ?? 0 },
    })),
    { title: "page to browse", published: isPublished ? environment.ui?.publish : undefined },
  ];
  return ports.flatMap(({ title, published: publish }) => {
    if (!publish) return [];
    const addresses = publishedAddresses(publish);
    const every = reach(addresses);
    return `${addresses.map((one) => `${inUrl(one)}:${publish.port}`).join(", ")} → ${title}${every ? ` (${every})` : ""}`;
  });
}

/** How clients get into a cluster. */
function exposed(
  { context, namespace, expose: { by, nodePort } }: NonNullable<Environment["kubernetes"]>,
  { publish, host }: Environment["registry"],
): string {
  const { port } = publish;
  if (by === "ingress") return `Ingress ${host} → registry`;
  if (publishedAddresses(publish).every(isLoopback))
    return `to pods of the namespace; from here: kubectl --context ${context} --namespace ${namespace} port-forward service/registry ${port}`;
  return by === "node-port"
    ? `port ${nodePort ?? port} of every node → registry`
    : `load balancer, port ${port} → registry`;
}

function protection(environment: Environment): string {
  const server = storageServer(environment);
  if (!server) return "not created here, never destroyed from here";
  const { directories, uid, volume } = server;
  if (!volume)
    return `on the Docker host; each must exist and belong to uid ${uid} (chown ${uid}:${uid} ${directories.join(" ")})`;
  return volume.protect
    ? "protected: Terraform refuses every plan that would destroy it"
    : "NOT protected: destroying the environment deletes every image";
}

function creates({ objects }: RegistryStack): string[] {
  const names = (...kinds: PlatformObject["kind"][]) => objects.filter(({ kind }) => kinds.includes(kind)).map(nameOf);
  return [
    `containers  ${names("service", "job").join(", ")}`,
    `volumes     ${names("volume").join(", ")}`,
    `networks    ${names("network").join(", ")}`,
  ];
}

function nameOf({ kind, name, internal }: PlatformObject): string {
  if (kind === "job") return `${name} (job)`;
  return internal ? `${name} (internal)` : name;
}

function images({ objects }: RegistryStack): string[] {
  return objects
    .filter(({ kind }) => kind === "image")
    .map(({ name }) =>
      name.includes("@sha256:") ? name.replace(/(@sha256:.{12}).*/, "$1…") : `${name} (not pinned by digest)`,
    );
}

function state({ name, state }: Environment): string {
  switch (state.backend) {
    case "local":
      return `file ${state.path ?? `state/${name}.tfstate`}`;
    case "s3":
      return `s3://${state.bucket}/${state.key}${state.lockFile ? ", locked" : ", NOT locked"}`;
    case "http":
      return state.address;
    case "pg":
      return `PostgreSQL, schema ${state.schemaName ?? "terraform_remote_state"}`;
    case "gcs":
      return `gs://${state.bucket}/${state.prefix ?? ""}`;
    case "azurerm":
      return `azurerm ${state.storageAccountName}/${state.containerName}/${state.key}`;
  }
}
