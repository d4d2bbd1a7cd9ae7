import { anyNumber, wholeNumber } from "./value";

// Ranges of numbers, one definition each. What is used when a number is not given is in `defaults.ts`.

const bare = (unit: string, example: number) => `write ${unit} as a bare number, e.g. ${example}`;
const hours = (min: number) => wholeNumber(min, 87600, bare("hours", 168), "hours");
const seconds = (min: number, example = 5) => wholeNumber(min, 3600, bare("seconds", example), "seconds");
const count = (max: number, example: number, unit = "", min = 1) =>
  wholeNumber(min, max, `write how many, e.g. ${example}`, unit);

/** Processors a container may use. */
export const CPUS = anyNumber(0.01, 1024, "must be a number 0.01–1024", "write the processors it may use, e.g. 1.5");

export const MTU = wholeNumber(576, 65535, bare("bytes", 1400), "bytes");

/** How long running requests may take when the registry stops; 0 cuts them off. */
export const DRAIN_SECONDS = seconds(0, 20);
/** From the stop signal to the kill. */
export const REGISTRY_STOP_SECONDS = seconds(1, 40);
/** RustFS drains for 10 s, then closes its files. */
export const RUSTFS_STOP_SECONDS = seconds(30, 40);

export const CACHE_BLOBS = wholeNumber(1, 10_000_000, "write how many blobs, e.g. 10000", "blobs");
export const REDIS_DATABASE = wholeNumber(0, 1_000_000, "write the database's number, e.g. 0");

export const PURGE_AGE_HOURS = hours(1);
export const PURGE_INTERVAL_HOURS = hours(1);

/** Hours until a pull-through cache removes a layer; 0 keeps it. */
export const PROXY_TTL_HOURS = hours(0);

/** Entries in one answer of a list. */
export const LIST_ENTRIES = count(1_000_000, 1000);

export const EVENT_TIMEOUT_SECONDS = seconds(1);
export const EVENT_BACKOFF_SECONDS = seconds(1);
export const EVENT_THRESHOLD = count(1000, 10, "failures");

/** Parts copied at once when an upload is finished. */
export const COPIES = count(1000, 10);

/** Drives that may be lost; at most half of them, 16 being the most. */
export const PARITY = wholeNumber(0, 8, "write how many drives may fail, e.g. 1");
export const MAX_DRIVES = 16;

/** How long the bucket job waits for the server. */
export const WAIT_SECONDS = wholeNumber(1, 900, bare("seconds", 60), "seconds");

/** Size of an upload's parts; S3 takes none below 5 MiB but the last, and none above 5 GiB. */
export const PART_MB = wholeNumber(5, 5120, bare("MiB", 16), "MiB");

/** Days until unfinished uploads go. */
export const INCOMPLETE_UPLOAD_DAYS = wholeNumber(1, 365, bare("days", 7), "days");
/** 1 GiB was seen killed for lack of memory (rustfs/rustfs#7702). */
export const RUSTFS_MEMORY_MB = wholeNumber(2048, 1_048_576, "write MiB as a bare number, 2048 or more", "MiB");

/** Less does not start, pull and list at the same time. */
export const REGISTRY_MEMORY_MB = wholeNumber(
  128,
  1_048_576,
  "write MiB as a bare number, e.g. 2048, or leave it out",
  "MiB",
);

/** Figures that Prometheus keeps. */
export const RETENTION_DAYS = wholeNumber(1, 3650, bare("days", 30), "days");
/** Its write-ahead log alone takes some tens of MiB. */
export const RETENTION_MB = wholeNumber(256, 1_048_576, bare("MiB", 1024), "MiB");
export const PROMETHEUS_MEMORY_MB = wholeNumber(256, 1_048_576, "write MiB as a bare number, e.g. 512", "MiB");

/** Alertmanager takes about 30 MiB. */
export const ALERTMANAGER_MEMORY_MB = wholeNumber(64, 1_048_576, "write MiB as a bare number, e.g. 128", "MiB");
/** Perses takes about 30 MiB, and unpacks its plugins as it starts. */
export const PERSES_MEMORY_MB = wholeNumber(64, 1_048_576, "write MiB as a bare number, e.g. 128", "MiB");
export const REPEAT_HOURS = wholeNumber(1, 168, bare("hours", 4), "hours");

/** nginx that serves files and passes requests on takes less than 10 MiB. */
export const UI_MEMORY_MB = wholeNumber(32, 1_048_576, "write MiB as a bare number, e.g. 64", "MiB");

/** Layers that may arrive at the same time. */
export const UPLOADS = count(10_000, 32);

/** How long a token is good for. */
export const TOKEN_SECONDS = wholeNumber(60, 3600, bare("seconds", 300), "seconds");

/** Registries that run at once on a cluster. */
export const REGISTRY_REPLICAS = count(100, 2);
/** RustFS servers on a cluster: one, or as many as keep an object on several. */
export const STORAGE_NODES = count(16, 4);
/** Size of a claim. */
export const CLAIM_GB = wholeNumber(1, 1_000_000, bare("GiB", 100), "GiB");
/** Ports that a cluster gives on every node, unless its administrator chose others. */
export const NODE_PORT = wholeNumber(30000, 32767, "write e.g. 30443");
