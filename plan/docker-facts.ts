/**
 * What kreuzwerker/docker does, written down once. From its source at v4.5.0 and its schema; what was seen in real runs
 * of 4.5.0 is in test/review/plans/README.md.
 */

/** Never a decision of whoever wrote the plan: Terraform learns them. */
const COMPUTED: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    docker_container: ["bridge", "container_logs", "exit_code", "network_data"],
    docker_image: ["image_id", "repo_digest"],
    docker_network: ["scope"],
    docker_volume: ["mountpoint"],
    docker_registry_image: ["sha256_digest"],
    terraform_data: ["output"],
  }),
);

export function isComputed(type: string, attribute: string): boolean {
  return attribute === "id" || (COMPUTED.get(type)?.includes(attribute) ?? false);
}

/** Planned as an update in place, then not applied: the daemon is never asked (up to 4.5.0). */
const NOT_APPLIED: ReadonlySet<string> = new Set(["healthcheck", "init", "tmpfs", "cpu_period", "cpu_quota", "mounts"]);

export function isNeverApplied(type: string, path: string): boolean {
  return type === "docker_container" && NOT_APPLIED.has(root(path));
}

/** Read back from the image when nobody set it; a replacement then shows it as taken away. */
const READ_BACK: ReadonlySet<string> = new Set(["user", "working_dir", "memory_swap", "domainname"]);

export function isReadBack(type: string, attribute: string): boolean {
  return type === "docker_container" && READ_BACK.has(attribute);
}

/** What the provider and Docker fill in when nobody says anything: not worth a line on create or delete. */
const DEFAULTS: Readonly<Record<string, string>> = {
  container_read_refresh_timeout_milliseconds: "15000",
  driver: "bridge local",
  ipam_driver: "default",
  ipc_mode: "private shareable",
  log_driver: "json-file",
  must_run: "true",
  network_mode: "bridge",
  platform: "linux",
  remove_volumes: "true",
  runtime: "runc",
  shm_size: "64",
  start: "true",
  wait_timeout: "60",
  "healthcheck.start_interval": "0s",
  "healthcheck.start_period": "0s",
};

export function isDefault(type: string, path: string, value: string | undefined): boolean {
  if (!type.startsWith("docker_") || value === undefined) return false;
  if (path === "hostname") return /^[0-9a-f]{12}$/.test(value);
  return Object.hasOwn(DEFAULTS, path) && (DEFAULTS[path]?.split(" ").includes(value) ?? false);
}

/** The first step of an attribute's path. */
export function root(path: string): string {
  return path.split(".", 1)[0] ?? path;
}

/** `wait_timeout` when it is not given, in seconds. */
export const DEFAULT_WAIT_SECONDS = 60;

/** Whether a version constraint can select a release before this one; an unreadable constraint can. */
export function allowsBefore(constraint: string | undefined, major: number, minor: number): boolean {
  const lowest = /(?:^|[\s,])(?:=|>=|~>)?\s*v?(\d+)(?:\.(\d+))?/.exec(constraint ?? "");
  if (!lowest) return true;
  const [, foundMajor, foundMinor = "0"] = lowest;
  return Number(foundMajor) < major || (Number(foundMajor) === major && Number(foundMinor) < minor);
}
