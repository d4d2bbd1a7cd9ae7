/**
 * A file in the registry's container that makes its next start read-only. It outlives restarts of the container and of the host,
 * and is gone with the container: a registry that was replaced takes pushes. Terraform sees nothing of it.
 */
export const READ_ONLY_MARKER = "/var/lib/private-registry/read-only";

/** Distribution reads this over its file; with `_ENABLED` at its end it would not. */
const READ_ONLY_VARIABLE = "REGISTRY_STORAGE_MAINTENANCE_READONLY";

/** The container's command. The entrypoint of the image runs it as it is; `exec` leaves the signals to the registry. */
export function serveCommand(configurationFile: string): string[] {
  const script = [
    `if [ -e ${READ_ONLY_MARKER} ]; then export ${READ_ONLY_VARIABLE}='{enabled: true}'; fi`,
    'exec registry serve "$1"',
  ];
  return ["sh", "-c", script.join("; "), "serve", configurationFile];
}
