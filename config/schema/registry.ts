import { z } from "zod";
import { tlsModes } from "../../constructs/rules/tls";
import { PORT } from "../../constructs/values/addresses";
import { LOG_FORMAT, LOG_LEVEL } from "../../constructs/values/choices";
import {
  DEFAULT_REALM,
  DRAIN,
  HEADERS,
  LISTED,
  LOG,
  METRICS,
  PUBLISHED,
  PURGE,
} from "../../constructs/values/defaults";
import {
  DRAIN_SECONDS,
  LIST_ENTRIES,
  PROXY_TTL_HOURS,
  PURGE_AGE_HOURS,
  PURGE_INTERVAL_HOURS,
  REGISTRY_MEMORY_MB,
  REGISTRY_STOP_SECONDS,
  UPLOADS,
} from "../../constructs/values/limits";
import { LOG_FIELD, METRICS_PATH, REALM, REGISTRY_VARIABLE, USER } from "../../constructs/values/names";
import { CHUNK_SIZE_MB, memoryForUploads, UPLOADS_AT_ONCE } from "../../constructs/values/upload-memory";
import { cache } from "./cache";
import { notifications } from "./notifications";
import { retention } from "./retention";
import { garbageCollection } from "./schedule";
import { tlsSchema } from "./tls";
import {
  address,
  clientHost,
  cpus,
  dockerName,
  flag,
  form,
  headers,
  labels,
  number,
  origin,
  port,
  range,
  restart,
  textMap,
  word,
} from "./values";

const publish = z
  .strictObject({
    address: address()
      .default(PUBLISHED.address)
      .describe(
        `Address of the Docker host to publish on, a list of them, or all. Default ${PUBLISHED.address}: that machine only. 0.0.0.0 means all IPv4 networks, :: all IPv6 ones, all both; past most host firewalls.`,
      ),
    port: port()
      .default(PUBLISHED.port)
      .describe(
        `Port of the Docker host, ${range(PORT)}. Default ${PUBLISHED.port}; clients write it unless it is 443.`,
      ),
  })
  .prefault({})
  .describe("Where clients reach the registry on the Docker host.");

const log = z
  .strictObject({
    level: word(LOG_LEVEL)
      .default(LOG.level)
      .describe(`What the registry logs. Default ${LOG.level}; debug tells much about every request.`),
    format: word(LOG_FORMAT)
      .default(LOG.format)
      .describe(`How a line looks. Default ${LOG.format}, for log collectors; text is for reading.`),
    accessLog: flag().default(true).describe("A line for each request. Default true: it says who pulled what."),
    fields: textMap(form(LOG_FIELD))
      .optional()
      .describe("Fields added to every line, e.g. environment: production. Default: none."),
  })
  .prefault({})
  .describe("Logging.");

const uploadPurging = z
  .strictObject({
    enabled: flag().default(true).describe("Remove abandoned uploads. Default true: they take space for ever."),
    ageHours: number(PURGE_AGE_HOURS)
      .default(PURGE.ageHours)
      .describe(
        `Hours after which an upload counts as abandoned, ${range(PURGE_AGE_HOURS)}. Default ${PURGE.ageHours}, a week.`,
      ),
    intervalHours: number(PURGE_INTERVAL_HOURS)
      .default(PURGE.intervalHours)
      .describe(`Hours between two searches, ${range(PURGE_INTERVAL_HOURS)}. Default ${PURGE.intervalHours}.`),
    dryRun: flag().default(false).describe("Only log what would be removed. Default false."),
  })
  .prefault({})
  .describe("Removal of abandoned uploads by the registry.");

const limits = z
  .strictObject({
    tags: number(LIST_ENTRIES)
      .default(LISTED)
      .describe(`Tags in one answer, ${range(LIST_ENTRIES)}. Default ${LISTED}; clients page through the rest.`),
    catalog: number(LIST_ENTRIES)
      .default(LISTED)
      .describe(
        `Repositories in one answer, ${range(LIST_ENTRIES)}. Default ${LISTED}; clients page through the rest.`,
      ),
  })
  .prefault({})
  .describe("Sizes of list answers.");

const metrics = z
  .strictObject({
    enabled: flag()
      .default(false)
      .describe("Serve Prometheus metrics. Default false: the port also serves debug pages without a login."),
    path: form(METRICS_PATH).default(METRICS.path).describe(`Path of the metrics. Default ${METRICS.path}.`),
    port: port()
      .default(METRICS.port)
      .describe(`Port inside the container, ${range(PORT)}, never published. Default ${METRICS.port}.`),
    network: dockerName("network")
      .optional()
      .describe("Existing Docker network on which Prometheus scrapes. No default; needed when enabled."),
  })
  .prefault({})
  .describe("Prometheus metrics.");

const proxy = z.strictObject({
  remoteUrl: origin("write e.g. https://registry-1.docker.io").describe(
    "Registry whose images are passed on and kept. No default.",
  ),
  ttlHours: number(PROXY_TTL_HOURS)
    .default(0)
    .describe(
      `Hours from the first pull until a layer is removed for all images, used or not, ${range(PROXY_TTL_HOURS)}; 0 means never. Default 0: \`private-registry cache trim\` bounds the size.`,
    ),
  username: form(USER)
    .optional()
    .describe("User at the remote registry; password: TF_VAR_registry_proxy_password. Default: anonymous."),
});

/** The registry itself. */
export const registrySchema = z.strictObject({
  host: clientHost().describe(
    "Name, IPv4 or IPv6 address that clients put in docker login, without scheme, port and brackets, e.g. registry.example.com. No default: certificates and image names depend on it.",
  ),
  publish,
  tls: tlsSchema
    .prefault({ mode: "none" })
    .describe(
      `Encryption of clients' connections, by its mode: ${Object.keys(tlsModes).join(", ")}. Default none, which is refused off loopback without a reason.`,
    ),
  realm: form(REALM)
    .default(DEFAULT_REALM)
    .describe(`Name shown when a password is asked for. Default ${DEFAULT_REALM}.`),
  log,
  delete: flag()
    .default(true)
    .describe("Allow clients to delete. Default true: without it old images can never be removed."),
  readOnly: flag().default(false).describe("Refuse pushes and deletes, e.g. during garbage collection. Default false."),
  redirect: flag()
    .default(false)
    .describe(
      "Send clients to the S3 server for layers instead of passing them on. Default false: clients cannot reach RustFS, which is internal.",
    ),
  redirectEndpoint: origin("write what clients reach, e.g. https://s3.example.com")
    .optional()
    .describe("Scheme and host that redirects point to. Default: the storage's endpoint. Needs redirect: true."),
  cache,
  uploadPurging,
  retention,
  garbageCollection,
  limits,
  headers: headers()
    .default(HEADERS)
    .describe(
      "Headers of every answer, each with a list of values. Default X-Content-Type-Options: [nosniff], so that browsers guess no types.",
    ),
  metrics,
  notifications,
  proxy: proxy
    .optional()
    .describe(
      "Makes the registry a pull-through cache of another one; clients cannot push then. Default: an ordinary registry.",
    ),
  drainTimeoutSeconds: number(DRAIN_SECONDS)
    .default(DRAIN.drainTimeoutSeconds)
    .describe(
      `Seconds that requests which still run at the end of a stop get, with the port closed for everybody else, ${range(DRAIN_SECONDS)}. Default ${DRAIN.drainTimeoutSeconds}; 0 cuts them off. On Kubernetes another registry has taken its place by then: there it is stopTimeoutSeconds but 5 s.`,
    ),
  stopTimeoutSeconds: number(REGISTRY_STOP_SECONDS)
    .default(DRAIN.stopTimeoutSeconds)
    .describe(
      `Seconds to stop in before it is killed, ${range(REGISTRY_STOP_SECONDS)}. Default ${DRAIN.stopTimeoutSeconds}; must exceed drainTimeoutSeconds. All but that and 5 s, pushes and pulls that run may end, and others are served meanwhile.`,
    ),
  restart: restart(),
  uploadsAtOnce: number(UPLOADS)
    .default(UPLOADS_AT_ONCE)
    .describe(
      `Layers that may arrive at the same time, 1–10000. Default ${UPLOADS_AT_ONCE}: eight clients, four layers each. With storage's chunkSizeMb it decides how much memory the registry needs.`,
    ),
  memoryMb: number(REGISTRY_MEMORY_MB)
    .optional()
    .describe(
      `Memory limit in MiB. Default: what uploadsAtOnce needs, ${memoryForUploads(CHUNK_SIZE_MB, UPLOADS_AT_ONCE)} for ${UPLOADS_AT_ONCE} in parts of ${CHUNK_SIZE_MB} MiB; less is refused.`,
    ),
  cpus: cpus().optional().describe("Processors it may use, e.g. 1.5. Default: no limit."),
  environment: textMap(form(REGISTRY_VARIABLE))
    .optional()
    .describe(
      "Further variables of the container, e.g. HTTPS_PROXY, for which NO_PROXY is completed with what runs beside the registry. Default: none. REGISTRY_ ones are refused: Distribution parses them as YAML and ignores misspelt ones.",
    ),
  labels: labels().optional().describe("Labels of the registry's container. Default: none."),
  configuration: z
    .record(z.string(), z.unknown())
    .optional()
    .describe(
      "Further keys of Distribution's config.yml, merged last; checked against its own reference. Default: none.",
    ),
});
