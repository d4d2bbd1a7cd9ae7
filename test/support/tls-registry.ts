import { Htpasswd, PrivateRegistry, type RegistryTls } from "../../constructs";
import { freePort } from "./process";
import { RegistryProcess, writeFile } from "./registry-process";
import { find, synthesize } from "./synth";
import { outside, unpack } from "./without-docker";

export interface TlsRegistryOptions {
  /** Directory of the container's files; another one is another container. */
  readonly directory: string;
  /** Directory that a volume would be, for the certificates of an ACME server. */
  readonly acmeDirectory?: string;
  /** @default - any that is free */
  readonly port?: number;
  /** Name that clients use. @default "localhost" */
  readonly host?: string;
  /** Further keys of `http`. @default - none */
  readonly http?: object;
}

/** A registry as the construct renders it for a TLS choice, with its storage in memory; alice's password is `password`. */
export async function startTlsRegistry(
  binary: string,
  tls: RegistryTls,
  options: TlsRegistryOptions,
): Promise<RegistryProcess> {
  const { directory, acmeDirectory, host, http } = options;
  const users = Htpasswd.empty.with("alice", "password").toString();
  const publish = tls.mode === "behind-proxy" ? { port: 5000 } : { address: "0.0.0.0", port: 443 };
  const stack = synthesize((scope) => {
    new PrivateRegistry(scope, "registry", {
      registry: { host, tls, publish, configuration: { storage: { s3: null, inmemory: {} }, http } },
      credentials: { registry_htpasswd: users, registry_http_secret: "h".repeat(40) },
    });
  });
  const port = options.port ?? (await freePort());
  const path = (...names: string[]) => [directory, ...names].join("/");
  const places = {
    ...outside(path, { port, debugPort: await freePort() }),
    ...(acmeDirectory && { '"/acme': `"${acmeDirectory}` }),
  };
  const { command, environment } = unpack(find(stack, "docker_container", "distribution"), directory, places);
  writeFile(path("auth/htpasswd"), users);
  return RegistryProcess.start(binary, command.at(-1) ?? "", port, environment);
}
