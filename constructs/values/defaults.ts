// What is used when an option is not given, one definition each: constructs take it, the schema of environment files says it.

/** Blobs that the registry's memory remembers facts about: a few MiB. */
export const CACHED_BLOBS = 10_000;

/** Abandoned uploads: when one counts as such, and how often they are looked for, in hours. */
export const PURGE = { ageHours: 168, intervalHours: 24 };

/** Entries in one answer of a list. */
export const LISTED = 1000;

/** Notifications: seconds to wait for an answer, failures until an endpoint is left alone, and for how many seconds. */
export const EVENTS = { timeoutSeconds: 5, threshold: 10, backoffSeconds: 1 };

/** The debug port in the container, and where metrics are on it. */
export const METRICS = { port: 5001, path: "/metrics" };

/** So that browsers guess no types. */
export const HEADERS: Record<string, string[]> = { "X-Content-Type-Options": ["nosniff"] };

/**
 * From the stop signal to the kill, and how much of that running requests get with the port closed. Most of it they get with the port
 * open: less than the 90 s after which systemd ends an engine that stops.
 */
export const DRAIN = { drainTimeoutSeconds: 1, stopTimeoutSeconds: 80 };

/** Where ports are published: on the Docker host itself, which nobody else reaches. */
export const LOOPBACK = "127.0.0.1";

/** Where the registry is published. */
export const PUBLISHED = { address: LOOPBACK, port: 5000 };

/** When the engine starts a service again. */
export const RESTARTS = "unless-stopped";

/** The oldest TLS version that is spoken; every Docker client in use speaks it. */
export const MINIMUM_TLS = "tls1.2";

/** Seconds that a job waits for its server. */
export const WAIT = 60;

/** The token server: its port on the host, how long a token is good for, and how a name is found by LDAP. */
export const ACCESS = { port: 5001, tokenSeconds: 300, ldapFilter: `(uid=\${account})` };

/** What the token server may take, which no option says. */
export const TOKEN_SERVER = { memoryMb: 128 };

/** Name that is shown when a password is asked for. */
export const DEFAULT_REALM = "registry";

/** What the registry logs. */
export const LOG = { level: "info", format: "json" } as const;

/** RustFS: memory limit in MiB, how long it may take to stop, when unfinished uploads go, what it logs. */
export const RUSTFS = { memoryMb: 3072, stopTimeoutSeconds: 40, incompleteUploadDays: 7, logLevel: "warn" } as const;

/** Prometheus: where it is published, how long and how much it keeps, its memory limit in MiB, how long it may take to stop. */
export const PROMETHEUS = { port: 9090, retentionDays: 30, retentionMb: 1024, memoryMb: 512, stopTimeoutSeconds: 30 };

/** Alertmanager: where it is published, its memory limit in MiB, when it says again what goes on, how long it may take to stop. */
export const ALERTMANAGER = { port: 9093, memoryMb: 128, repeatHours: 4, stopTimeoutSeconds: 10 };

/** Perses: where it is published, its memory limit in MiB, how long it may take to stop. */
export const PERSES = { port: 8081, memoryMb: 256, stopTimeoutSeconds: 10 };

/** The page to browse: where it is published, its memory limit in MiB, how long it may take to stop. */
export const UI = { publish: { address: LOOPBACK, port: 8080 }, memoryMb: 64, stopTimeoutSeconds: 10 };

/** Parts copied at once: RustFS takes 32 of them in all, other servers more from each. */
export const COPIES_AT_ONCE = { rustfs: 8, s3: 100 };

export const DEFAULT_BUCKET = "registry";

/** What every S3 tool assumes. */
export const DEFAULT_REGION = "us-east-1";
