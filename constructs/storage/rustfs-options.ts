import type { Platform, PublishedPort, VolumeSpec } from "../platform/platform";
import { check, checkEach, checkKeys, publishProblems } from "../rules/checks";
import { brokenRules } from "../rules/rule";
import { rustfsRules } from "../rules/rustfs";
import { LOG_LEVEL, RESTART, type RestartPolicy } from "../values/choices";
import { type Problem, within } from "../values/errors";
import {
  CPUS,
  INCOMPLETE_UPLOAD_DAYS,
  MAX_DRIVES,
  PARITY,
  RUSTFS_MEMORY_MB,
  RUSTFS_STOP_SECONDS,
} from "../values/limits";
import { dockerName, HOST_DIRECTORY, LABEL_NAME, REGION, RUSTFS_VARIABLE } from "../values/names";
import { dataVolumeName, objectName } from "../values/object-names";

/** What an operator may choose about RustFS. */
export interface RustFsOptions {
  /** A named volume for the data. @default - `<name>-rustfs-data`, protected; not used when `directories` are given */
  readonly volume?: RustFsVolume;
  /**
   * Directories of the Docker host instead of a volume: 1–16, each one drive of a single erasure set. They must exist,
   * be empty or RustFS's, belong to uid 10001, and several must lie on separate disks: RustFS refuses to start otherwise.
   * @default - a named volume
   */
  readonly directories?: string[];
  /** Drives that may be lost, 0 to half of `directories`. @default - RustFS's: 0 for one, 1 for 2–3, 2 for 4–5, 3 for 6–7, 4 from 8 */
  readonly parity?: number;
  /** Publishes the web console. @default - the console is off */
  readonly console?: PublishedPort;
  /** Publishes the S3 API, for backups and tools. @default - only the registry reaches it */
  readonly s3Publish?: PublishedPort;
  /** Reported to clients; RustFS does not enforce it. @default "us-east-1" */
  readonly region?: string;
  /** @default "warn" */
  readonly logLevel?: "error" | "warn" | "info" | "debug";
  /** At least 2048: 1 GiB was seen killed for lack of memory (rustfs/rustfs#7702), and with 2048 a burst of large pushes has little room. @default 3072 */
  readonly memoryMb?: number;
  /**
   * Restart RustFS in order when it has kept much of its memory limit: 60 % while nothing moves, 75 % at any time. RustFS 1.0.1
   * gives memory back in no other way, and the kernel would kill it in the end. @default true, with `restart` unless-stopped or always
   */
  readonly memoryRestart?: boolean;
  /** Days after its start after which RustFS throws an unfinished upload away, 1–365. @default 7 */
  readonly incompleteUploadDays?: number;
  /** @default - no limit */
  readonly cpus?: number;
  /** At least 30: RustFS drains for 10 s, then closes its files. @default 40 */
  readonly stopTimeoutSeconds?: number;
  /** @default "unless-stopped" */
  readonly restart?: RestartPolicy;
  /** Further variables of RustFS; what the construct sets itself is refused. @default - none */
  readonly environment?: Record<string, string>;
  /** @default - none */
  readonly labels?: Record<string, string>;
}

export interface RustFsVolume {
  /** @default `<name>-rustfs-data` */
  readonly name?: string;
  /** Refuse every plan that would destroy it. @default true */
  readonly protect?: boolean;
}

/** The volume that holds the data, unless directories do. @param name the registry's */
export function rustFsVolume(name: string, { volume }: RustFsOptions): VolumeSpec {
  return {
    service: objectName(name, "rustfs"),
    name: volume?.name ?? dataVolumeName(name, "rustfs"),
    protect: volume?.protect ?? true,
  };
}

/** Where the data is in the container. */
export function rustFsPaths({ directories = [] }: RustFsOptions): string[] {
  return directories.length > 1 ? directories.map((_, n) => `/drives/${n}`) : ["/data"];
}

/** Where the data lies, for people. @param name the registry's */
export function rustFsLocation(name: string, options: RustFsOptions, platform: Pick<Platform, "placeOf">): string {
  const { directories } = options;
  return directories ? `directories ${directories.join(", ")}` : platform.placeOf(rustFsVolume(name, options));
}

/** What is wrong with an operator's choices. */
export function rustFsProblems(options: RustFsOptions): (Problem | undefined)[] {
  const { directories, volume } = options;
  const single = [
    check("volume.name", volume?.name, dockerName("volume")),
    checkDirectories(directories),
    ...checkEach("directories", directories, HOST_DIRECTORY),
    check("parity", options.parity, PARITY),
    ...within("console", publishProblems(options.console)),
    ...within("s3Publish", publishProblems(options.s3Publish)),
    check("region", options.region, REGION),
    check("logLevel", options.logLevel, LOG_LEVEL),
    check("memoryMb", options.memoryMb, RUSTFS_MEMORY_MB),
    check("incompleteUploadDays", options.incompleteUploadDays, INCOMPLETE_UPLOAD_DAYS),
    check("cpus", options.cpus, CPUS),
    check("stopTimeoutSeconds", options.stopTimeoutSeconds, RUSTFS_STOP_SECONDS),
    check("restart", options.restart, RESTART),
    ...checkKeys("environment", options.environment, RUSTFS_VARIABLE),
    ...checkKeys("labels", options.labels, LABEL_NAME),
  ];
  return [...single, ...brokenRules(rustfsRules, options, single)];
}

function checkDirectories(directories: readonly string[] | undefined): Problem | undefined {
  if (directories === undefined || (directories.length >= 1 && directories.length <= MAX_DRIVES)) return undefined;
  const rule = `must be a list of 1–${MAX_DRIVES} host directories`;
  return { option: "directories", rule, got: directories.length, fix: "remove it to keep the data in a volume" };
}
