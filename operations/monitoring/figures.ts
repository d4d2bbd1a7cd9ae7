import type { Environment } from "../../config";
import { objectName } from "../../constructs/values/object-names";
import type { Runtime } from "../runtime/runtime";
import type { Metric } from "../schedule/metrics";
import type { Measured } from "../status/status";

/** Failed logins are counted over this long: as often as `schedule` has it measured. */
const LOGINS_SECONDS = 300;

/** Of a registry that is asked very often, no more lines than these are read. */
const LOG_LINES = 50_000;

/**
 * What a wrong name or password is called: by Distribution, and by docker_auth, which takes the logins where there are rights. A
 * request without any, as each client's first, is another message of Distribution's, and one without a name of docker_auth's.
 */
const FAILED_LOGIN = /error authorizing context: .*authentication failure|Auth failed: \{[^:]/;

/** What no metric of the registry or its storage says: what `status` finds, as numbers. */
export function figuresOf(environment: Environment, found: Measured, failedLogins?: number): Metric[] {
  const { containers, storage, certificate, backup, lastCollection, late } = found;
  const seconds = (time: string | undefined) => time && Math.round(Date.parse(time) / 1000);
  const scheduled = [
    ...(environment.backup?.schedule ? (["backup"] as const) : []),
    ...(environment.registry.garbageCollection.schedule ? (["gc"] as const) : []),
  ];
  return [
    ...containers.flatMap(({ name, state, health, restarts, memoryBytes, memoryLimitBytes }) => {
      const labels = { container: name };
      const isHealthy = state === "running" && (health === undefined || health === "healthy");
      return [
        { name: "container_healthy", help: "1: it runs and is healthy.", labels, value: Number(isHealthy) },
        { name: "container_restarts", help: "How often the engine restarted it.", labels, value: restarts },
        { name: "container_memory_bytes", help: "Memory without page cache.", labels, value: memoryBytes },
        { name: "container_memory_limit_bytes", help: "Its limit.", labels, value: memoryLimitBytes },
      ];
    }),
    { name: "disk_bytes", help: "Size of the file system of the data.", value: storage.disk?.bytes },
    { name: "disk_free_bytes", help: "Free space of it.", value: storage.disk?.freeBytes },
    {
      name: "certificate_end_timestamp_seconds",
      help: "When the certificate ends.",
      value: seconds(certificate?.notAfter) || undefined,
    },
    {
      name: "certificate_valid",
      help: "1: clients accept it.",
      value: certificate && Number(certificate.status !== "failed"),
    },
    {
      name: "backup_snapshot_timestamp_seconds",
      help: "When the newest whole snapshot was taken.",
      value: seconds(backup?.taken) || undefined,
    },
    {
      name: "gc_last_run_timestamp_seconds",
      help: "When it last ended.",
      value: seconds(lastCollection?.at) || undefined,
    },
    {
      name: "gc_last_run_success",
      help: "1: it then ended well.",
      value: lastCollection && Number(lastCollection.isDone),
    },
    ...scheduled.map((what) => ({
      name: "late",
      help: "1: what is scheduled did not end well for too long.",
      labels: { what },
      value: Number(late.includes(what)),
    })),
    { name: "failed_logins", help: `Within the last ${LOGINS_SECONDS} s.`, value: failedLogins },
    { name: "measured_timestamp_seconds", help: "When this was found.", value: Math.round(Date.now() / 1000) },
  ];
}

/** Logins that failed lately. @returns nothing: the log cannot be read */
export async function countFailedLogins(runtime: Runtime, { name, access }: Environment) {
  let count = 0;
  const container = objectName(name, access ? "token" : "registry");
  const since = Math.round(Date.now() / 1000) - LOGINS_SECONDS;
  try {
    await runtime.logs(container, { since, tail: LOG_LINES, follow: false }, (line) => {
      if (FAILED_LOGIN.test(line)) count += 1;
    });
  } catch {
    return undefined;
  }
  return count;
}
