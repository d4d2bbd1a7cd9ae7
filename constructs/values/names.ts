import { textOf } from "./value";

// Names and texts of options, one definition each.

/** Prefix of Docker objects; 40 characters leave room for `-rustfs-data` and DNS. */
export const NAME = textOf(
  "must be 1–40 lower-case letters, digits and hyphens, and begin with a letter or digit",
  "choose a name such as production",
  /^[a-z0-9][a-z0-9-]{0,39}$/,
);

/** Name of a Docker volume or network. */
export const dockerName = (what: "volume" | "network") =>
  textOf(
    `must be a ${what}'s name: letters, digits, _ . and -, at least two`,
    `write the name that \`docker ${what} ls\` shows`,
    /^[A-Za-z0-9][A-Za-z0-9_.-]+$/,
  );

/** S3's rules for bucket names. */
export const BUCKET = textOf(
  "must be 3–63 lower-case letters, digits, dots and hyphens, with a letter or digit at both ends",
  "choose a name such as registry or team-registry",
  /^(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
);

export const REGION = textOf(
  "must be a region's name",
  "write it as the provider does, e.g. us-east-1",
  /^[A-Za-z0-9-]+$/,
);

/** Folder inside a bucket. */
export const KEY_PREFIX = textOf(
  "must be a folder of letters, digits, _ . and -",
  "write e.g. registry/production",
  /^\/?(?:(?!\.{1,2}(?:\/|$))[A-Za-z0-9_.-]+\/)*(?!\.{1,2}\/?$)[A-Za-z0-9_.-]+\/?$/,
);

/** As it begins keys: without slashes around it. */
export const keyPrefix = (folder = "") => folder.replace(/^\/+|\/+$/g, "");

/** Directory of the Docker host that a container gets as a drive. */
export const HOST_DIRECTORY = textOf(
  "must be an absolute path below /, without . and .., colons and a trailing slash",
  "write e.g. /srv/registry/disk1",
  /^(?:\/(?!\.{1,2}(?:\/|$))[^/:\p{Cc}]+)+$/u,
);

/** A file or folder of the machine that runs Terraform, which reads the path inside a quoted template. */
export const localPath = (fix: string) =>
  textOf(
    "must be a path without quotes and template marks",
    fix,
    /^(?!.*[$%]\{)[^\s"\p{Cc}](?:[^"\p{Cc}]*[^\s"\p{Cc}])?$/u,
  );

/** What a client shows when it asks for a password; it stands in quotes in an HTTP header. */
export const REALM = textOf(
  "must be text without quotes, backslashes and control characters",
  "write a few words, e.g. registry",
  /^[^"\\\p{Cc}]+$/u,
);

/** What a web page is called. */
export const UI_TITLE = textOf(
  "must be one line of at most 80 characters",
  "write a few words, e.g. Team registry",
  /^[^\p{Cc}]{1,80}$/u,
);

export const LABEL_NAME = textOf("must be a label's name without spaces", "write e.g. com.example.team", /^\S+$/);

export const HEADER_NAME = textOf(
  "must be the name of an HTTP header",
  "write e.g. X-Frame-Options",
  /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/,
);

export const HEADER_VALUE = textOf("must be one line of text", "put the value in quotes", /^[^\p{Cc}]*$/u);

export const LOG_FIELD = textOf("must be a field's name", "write e.g. service", /^\S+$/);

export const MAIL_ADDRESS = textOf(
  "must be a mail address",
  "write e.g. ops@example.com",
  /^[^\s@<>,;:"]+@[^\s@<>,;:"]+$/,
);
export const LOG_OPTION = textOf("must be the name of an option", "write e.g. max-size", /^[a-z][a-z0-9-]*$/);

/** Name of a Terraform variable. */
export const VARIABLE = textOf(
  "must be the name of a Terraform variable",
  "write e.g. scanner_token, and export TF_VAR_scanner_token",
  /^[a-z_][a-z0-9_]*$/,
);

/**
 * Further variables of the registry's container. `REGISTRY_*` would change the configuration behind its back, and what the
 * construct sets itself must not be contradicted.
 */
export const REGISTRY_VARIABLE = textOf(
  "must be a variable's name, and none that the registry gets already (REGISTRY_*, AWS_*, OTEL_TRACES_EXPORTER, GOMEMLIMIT)",
  "use the keys of this file, memoryMb among them, or registry.configuration: Distribution ignores misspelt REGISTRY_ variables",
  /^(?!REGISTRY_|AWS_|OTEL_TRACES_EXPORTER$|GOMEMLIMIT$)[A-Za-z_][A-Za-z0-9_]*$/,
);

/**
 * Further variables of RustFS: none with credentials, none that the construct sets itself, none that turns checks or the wait
 * for the disk off, and none that moves or hides what the registry and the health check ask for: `http://rustfs:9000`.
 */
export const RUSTFS_VARIABLE = textOf(
  "must be a variable's name, and none that RustFS gets already: keys, volumes, region, address, TLS, health, console, durability, logging, updates, unfinished uploads",
  "use the keys of this file; RustFS gets its keys as files, from TF_VAR_rustfs_root_access_key and TF_VAR_rustfs_root_secret_key",
  /^(?!MINIO_|RUSTFS_(?:.*(?:KEY|SECRET|PASSWORD|TOKEN)|ROOT_|VOLUMES|REGION|ADDRESS|TLS_PATH|HEALTH_ENDPOINT_ENABLE|CONSOLE_(?:ENABLE|ADDRESS)|(?:NEW_BUCKET_)?DURABILITY_MODE|DRIVE_SYNC_ENABLE|OBS_LOG_DIRECTORY|OBS_LOGGER_LEVEL|CHECK_UPDATE|API_STALE_UPLOADS_EXPIRY|STORAGE_CLASS_STANDARD|UNSAFE_))[A-Za-z_][A-Za-z0-9_]*$/,
);

/** Name of a notification endpoint, in logs and metrics. */
export const ENDPOINT_NAME = textOf(
  "must be 1–100 letters, digits, _ . and -",
  "write e.g. scanner",
  /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/,
);

export const MEDIA_TYPE = textOf("must be a media type", "write e.g. application/octet-stream");

/** Path at which Prometheus asks. */
export const METRICS_PATH = textOf("must begin with / and hold no spaces", "write e.g. /metrics", /^\/\S+$/);

export const KMS_KEY = textOf("must be a key's id or ARN", "write it as AWS shows it");

export const USER = textOf("must be a user's name", "write it in quotes");

/** Why something unusual is right here, for a reviewer. */
export const REASON = textOf(
  "must be a reason of at least 10 characters",
  "say in a sentence why passwords may cross the network in the clear",
  /^\s*\S[\s\S]{8,}\S\s*$/,
);

export const EMAIL = textOf("must be an e-mail address", "write one that somebody reads", /^[^\s@]+@[^\s@]+\.[^\s@]+$/);

/** Name of a Kubernetes object: a DNS label, or several with dots between them. */
export const OBJECT_NAME = textOf(
  "must be a Kubernetes object's name: lower-case letters, digits, - and .",
  "write the name that `kubectl get` shows",
  /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/,
);

/** Name of a Kubernetes namespace: a DNS label. */
export const NAMESPACE = textOf(
  "must be a namespace's name: 1–63 lower-case letters, digits and -",
  "write the name that `kubectl get namespaces` shows",
  /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
);

/** Name of a kubeconfig's context. */
export const CONTEXT = textOf(
  "must be a context of the kubeconfig",
  "write one that `kubectl config get-contexts` shows",
);

/** Name of a Kubernetes label or annotation: with a DNS name and / before it, or without. */
export const ANNOTATION_NAME = textOf(
  "must be the name of a Kubernetes label or annotation",
  "write e.g. cert-manager.io/cluster-issuer",
  /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/,
);

/** Value of a Kubernetes label. */
export const LABEL_VALUE = textOf(
  "must be a Kubernetes label's value: at most 63 letters, digits, - _ and .",
  "shorten it, or leave the label out",
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/,
);
