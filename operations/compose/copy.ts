import { readFileSync } from "node:fs";
import { join } from "node:path";
import { objectName } from "../../constructs/values/object-names";
import { command } from "../command";
import type { ComposeFile, ComposeService } from "./file";
import type { OldStorage, S3KeyPair } from "./storage";

/** Name of the old server on the new storage network, while objects are copied. */
const SOURCE = "import-source";

/** What every object of a registry begins with, below its root directory. */
export const REGISTRY_PREFIX = "docker/registry/v2/";

/** Files that the copying container gets, by name. @param old the server, or the directory in the registry's container */
export function copyFiles(
  old: OldStorage | string,
  target: S3KeyPair & { region: string; bucket: string },
): Record<string, string> {
  const isDirectory = typeof old === "string";
  const settings = {
    ...(isDirectory
      ? { SOURCE_DIR: old }
      : { SOURCE_URL: `${old.scheme}://${SOURCE}:${old.port}/${old.bucket}`, SOURCE_REGION: old.region }),
    TARGET_URL: `http://rustfs:9000/${target.bucket}`,
    TARGET_REGION: target.region,
    PREFIX: isDirectory ? REGISTRY_PREFIX : old.prefix,
    // Keys in one answer; S3 gives no more.
    PAGE: "1000",
  };
  return {
    "copy.sh": readFileSync(join(__dirname, "copy.sh"), "utf8"),
    settings: Object.entries(settings)
      .map(([name, value]) => `${name}='${value.replaceAll("'", "")}'\n`)
      .join(""),
    // The old server's certificate cannot be for this name; each layer is checked against its digest.
    ...(!isDirectory && {
      "source.curl": curlFile(old.keys ?? { accessKey: "ACCESS-KEY", secretKey: "SECRET-KEY" }, old.scheme === "https"),
    }),
    "target.curl": curlFile(target),
  };
}

function curlFile({ accessKey, secretKey }: S3KeyPair, insecure = false): string {
  const quoted = `${accessKey}:${secretKey}`.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
  return `user = "${quoted}"\n${insecure ? "insecure\n" : ""}`;
}

/**
 * What to run, as a shell script: every object is copied byte by byte from the old server to the new, by RustFS's own image,
 * which the new server runs anyway.
 */
export function copyCommands(
  file: ComposeFile,
  registry: ComposeService,
  name: string,
  folder: string,
  old?: OldStorage,
): string {
  const stop = [
    "# 1. Nothing new goes into the old registry; its port is free then. Its storage stays up.",
    `docker stop ${container(file, registry)}`,
    "",
    "# 2. The new one. It asks before it makes anything.",
    command("up", name),
  ];
  if (!old) return [...stop, ""].join("\n");
  const source = container(file, old.service);
  const network = objectName(name, "storage");
  return [
    ...stop,
    "",
    "# 3. Every object, byte by byte. Can be repeated; what is there already is not copied again.",
    `docker network connect --alias ${SOURCE} ${network} ${source}`,
    `docker create --name ${name}-import --network ${network} --user 0 --entrypoint sh \\`,
    `  "$(docker inspect --format '{{.Image}}' ${objectName(name, "rustfs")})" /import/copy.sh`,
    `docker cp ${folder} ${name}-import:/import`,
    `docker start --attach ${name}-import`,
    "",
    "# 4. What the copy needed.",
    `docker rm ${name}-import`,
    `docker network disconnect ${network} ${source}`,
    `rm -r ${folder}`,
    command("verify", name),
    "",
  ].join("\n");
}

/** Where the new registry is while the old one still serves. */
export interface Beside {
  readonly environmentFile: string;
  readonly port: number;
}

/**
 * The same for images in a directory.
 * @param beside the old registry serves until everything is there: the new one is made beside it, on another port; then the
 * old one stops, what came meanwhile is copied, and the new one takes its port. Without, the old one stops first.
 */
export function directoryCommands(
  file: ComposeFile,
  registry: ComposeService,
  name: string,
  folder: string,
  beside?: Beside,
): string {
  const source = container(file, registry, "-aq");
  const copier = `${name}-import`;
  const make = [
    `docker create --name ${copier} --network ${objectName(name, "storage")} --user 0 --volumes-from ${source}:ro --entrypoint sh \\`,
    `  "$(docker inspect --format '{{.Image}}' ${objectName(name, "rustfs")})" /import/copy.sh`,
    `docker cp ${folder} ${copier}:/import`,
    `docker start --attach ${copier}`,
  ];
  const end = ["", "# 4. What the copy needed.", `docker rm ${copier}`, `rm -r ${folder}`, ""];
  if (!beside)
    return [
      "# 1. Nothing new goes into the old registry; its port is free then.",
      `docker stop ${source}`,
      "",
      "# 2. The new one. It asks before it makes anything.",
      command("up", name),
      "",
      "# 3. Every file, byte by byte. Can be repeated; what is there already is not copied again.",
      ...make,
      ...end,
    ].join("\n");
  const { environmentFile, port } = beside;
  const meanwhile = port > 50_000 ? port - 10_000 : port + 10_000;
  return [
    `# 1. The new one beside the old one, on port ${meanwhile} until everything is there. It asks before it makes anything.`,
    `grep -q '^    port: ${port}$' ${environmentFile}`,
    `cp ${environmentFile} ${folder}/environment.yaml`,
    `sed 's/^    port: ${port}$/    port: ${meanwhile}/' ${folder}/environment.yaml > ${environmentFile}`,
    command("up", name),
    "",
    "# 2. Every file, byte by byte, while the old one serves. Can be repeated; what is there already is not copied again.",
    ...make,
    "",
    "# 3. The switch: nothing new goes into the old one; what came meanwhile is copied; the new one takes its port.",
    `docker stop ${source}`,
    `docker start --attach ${copier}`,
    `cp ${folder}/environment.yaml ${environmentFile}`,
    command("up", name),
    ...end,
  ].join("\n");
}

/** How a service's container is called, or found. */
function container({ project }: ComposeFile, { containerName, name }: ComposeService, listing = "-q"): string {
  if (containerName) return containerName;
  const labels = [`project=${project}`, `service=${name}`].map((label) => `--filter label=com.docker.compose.${label}`);
  return `"$(docker ps ${listing} ${labels.join(" ")})"`;
}
