import type { Environment } from "../config";
import { inUrl, type PlatformObject, publishedAddresses, reach } from "../constructs";
import type { RegistryStack } from "./registry-stack";

/**
 * What an environment will be, for a person who is about to deploy it. Lines without colour, at most 120 wide.
 * @param remarks what a reviewer has to say; none by default
 */
export function summary(stack: RegistryStack, remarks: readonly string[] = []): string {
  const { environment } = stack;
  const { distribution, storage, loginCommand } = stack.registry;
  const rows: [string, readonly string[]][] = [
    ["clients", [loginCommand, `${distribution.url}/v2/`]],
    ["TLS", [tls(environment)]],
    ["published", published(environment)],
    ["data", [`${storage.dataLocation}, bucket ${stack.registry.bucket}`, protection(environment)]],
    ["creates", creates(stack)],
    ["images", images(stack)],
    ["on", [environment.docker.host]],
    ["state", [state(environment)]],
    ["review", remarks],
    ["deploy", [`npx private-registry up ${environment.name}`]],
  ];
  const lines = rows.flatMap(([label, values]) =>
    values.filter(Boolean).map((value, n) => `  ${(n === 0 ? label : "").padEnd(10)} ${value}`),
  );
  return [environment.name, ...lines].join("\n");
}

function tls({ registry }: Environment): string {
  const { tls } = registry;
  switch (tls.mode) {
    case "none":
      return tls.reason ? `none: plain HTTP, because ${tls.reason}` : "none: plain HTTP, on loopback only";
    case "lets-encrypt":
      return `Let's Encrypt for ${tls.hosts.join(", ")}, issued at the first connection; kept on volume`;
    case "certificate":
      return `certificate ${tls.certificateFile}`;
    case "behind-proxy":
      return `by the proxy at ${tls.url}`;
  }
}

function published({ registry, storage }: Environment): string[] {
  const ports: [string, Environment["registry"]["publish"] | undefined][] = [
    ["registry", registry.tls.mode === "behind-proxy" && registry.tls.network ? undefined : registry.publish],
    ["RustFS console", storage.rustfs?.console],
    ["RustFS S3", storage.rustfs?.s3Publish],
  ];
  return ports.flatMap(([noun, publish]) => {
    if (!publish) return [];
    const addresses = publishedAddresses(publish);
    const every = reach(addresses);
    return `${addresses.map((one) => `${inUrl(one)}:${publish.port}`).join(", ")} → ${noun}${every ? ` (${every})` : ""}`;
  });
}

function protection({ storage }: Environment): string {
  const { rustfs } = storage;
  if (!rustfs) return "not created here, never destroyed from here";
  if (rustfs.directories)
    return `on the Docker host; each must exist and belong to uid 10001 (chown 10001:10001 ${rustfs.directories.join(" ")})`;
  return rustfs.volume?.protect
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
