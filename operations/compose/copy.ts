import { readFileSync } from "node:fs";
import { join } from "node:path";
import { objectName } from "../../constructs/values/object-names";
import { command } from "../command";
import type { ComposeFile } from "./file";
import type { OldServer, S3KeyPair } from "./old-server";
import type { ComposeService } from "./service";
import type { OldStorage } from "./storage";

/** Name of the old server on the new storage network, while objects are copied. */
const SOURCE = "import-source";

/** Files that the copying container gets, by name. */
export function copyFiles({ source, bucket, region, prefix }: OldStorage, target: S3KeyPair): Record<string, string> {
  const from = isServer(source)
    ? { SOURCE_URL: `${source.scheme}://${SOURCE}:${source.port}/${source.bucket}`, SOURCE_REGION: region }
    : { SOURCE_DIRECTORY: source.directory };
  const settings = {
    ...from,
    TARGET_URL: `http://rustfs:9000/${bucket}`,
    TARGET_REGION: region,
    PREFIX: prefix,
    // Keys in one answer; S3 gives no more.
    PAGE: "1000",
  };
  return {
    "copy.sh": readFileSync(join(__dirname, "copy.sh"), "utf8"),
    settings: Object.entries(settings)
      .map(([name, value]) => `${name}='${value.replaceAll("'", "")}'\n`)
      .join(""),
    // The old server's certificate cannot be for this name; each layer is checked against its digest.
    ...(isServer(source) && {
      "source.curl": curlFile(
        source.keys ?? { accessKey: "ACCESS-KEY", secretKey: "SECRET-KEY" },
        source.scheme === "https",
      ),
    }),
    "target.curl": curlFile(target),
  };
}

export const isServer = (source: OldStorage["source"]): source is OldServer => "port" in source;

function curlFile({ accessKey, secretKey }: S3KeyPair, insecure = false): string {
  const quoted = `${accessKey}:${secretKey}`.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
  return `user = "${quoted}"\n${insecure ? "insecure\n" : ""}`;
}

/** What the commands are made for. */
export interface CopySubject {
  readonly file: ComposeFile;
  readonly registry: ComposeService;
  /** The environment. */
  readonly name: string;
}

/** One whose images are copied. */
export interface StagedSubject extends CopySubject {
  /** Files of the copy. */
  readonly folder: string;
  readonly old: OldStorage;
  /** Port on loopback while the old registry has its own. */
  readonly port: number;
}

/** What to run, as a shell script, when the images stay where they are or need not come along. */
export function switchCommands({ file, registry, name }: CopySubject): string {
  return [
    ...find("OLD", file, registry),
    "# 1. The old registry ends; its port is free then.",
    'docker stop "$OLD"',
    "",
    "# 2. The new one. It asks before it makes anything.",
    command("up", name),
    "",
  ].join("\n");
}

/**
 * What to run, as a shell script: the old registry goes on serving while every object is copied byte by byte, by RustFS's own image,
 * which the new server runs anyway. Then it stops, what came meanwhile is copied, and the new one takes its place.
 */
export function copyCommands({ file, registry, name, folder, old, port }: StagedSubject): string {
  const network = objectName(name, "storage");
  const copier = `${name}-import`;
  const hasServer = isServer(old.source);
  // Whatever kind of mount holds the images comes along with --volumes-from, read-only.
  const from = hasServer ? "" : ' --volumes-from "$OLD":ro';
  return [
    ...find("OLD", file, registry),
    ...(hasServer ? find("STORAGE", file, old.service) : []),
    "",
    `# 1. The new registry, still empty, at http://${STAGE_HOST}:${port} beside the old one. It asks before it makes anything.`,
    command("up", name),
    "",
    "# 2. Every object, byte by byte, while the old registry goes on. Can be repeated; layers that are there are not copied again.",
    ...(hasServer ? [`docker network connect --alias ${SOURCE} ${network} "$STORAGE"`] : []),
    `docker create --name ${copier} --network ${network}${from} --user 0 --entrypoint sh \\`,
    `  "$(docker inspect --format '{{.Image}}' ${objectName(name, "rustfs")})" /import/copy.sh`,
    `docker cp ${folder} ${copier}:/import`,
    `docker start --attach ${copier}`,
    "",
    "# 3. Nothing new goes into the old registry from here on; what came meanwhile is copied.",
    'docker stop "$OLD"',
    `docker start --attach ${copier}`,
    "",
    "# 4. The new registry takes the old one's name, port and TLS.",
    command("import switch", name),
    command("up", name),
    "",
    "# 5. What the copy needed.",
    `docker rm ${copier}`,
    ...(hasServer ? [`docker network disconnect ${network} "$STORAGE"`] : []),
    `rm -r ${folder}`,
    "",
  ].join("\n");
}

/** Where the new registry answers while the old one still has its place. */
export const STAGE_HOST = "127.0.0.1";

/** Lines that put a service's container into a variable, and stop where it does not run. */
function find(variable: string, { project }: ComposeFile, { containerName, name }: ComposeService): string[] {
  if (containerName) return [`${variable}=${containerName}`];
  const labels = [`project=${project}`, `service=${name}`].map((label) => `--filter label=com.docker.compose.${label}`);
  const advice = `service ${name} of project ${project} does not run here: start it, or import again with --project`;
  return [
    `${variable}=$(docker ps -q ${labels.join(" ")})`,
    `[ -n "$${variable}" ] || { echo "${advice}" >&2; exit 1; }`,
  ];
}
