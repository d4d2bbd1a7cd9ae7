import type { Environment } from "../config";
import { RegistryTls } from "../constructs";

/** How an environment does TLS: the file's mode is named as the construct's factory, and has its options. */
export function registryTls({ registry: { tls } }: { registry: Pick<Environment["registry"], "tls"> }): RegistryTls {
  const factory = tls.mode.replace(/-./g, (found) => found.slice(1).toUpperCase());
  return RegistryTls[factory as keyof typeof RegistryTls](tls as never);
}
