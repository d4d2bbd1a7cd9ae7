import { get, list, record, text } from "../../plan/json";
import type { Mount, Upload } from "../world/container";
import { block, type KubernetesObject, textMap } from "./object";

/** What a volume of a pod brings: files that are in the plan, or a place to keep files. */
export interface PodVolume {
  readonly name: string;
  readonly files: readonly Upload[];
  /** @default - only files */
  readonly mount?: Pick<Mount, "kind" | "source">;
}

/** Claims that a StatefulSet makes for each of its pods: `data-store-0`, `data-store-1`, … */
export function claimPattern(template: string, set: string): string {
  return `${template}-${set}-*`;
}

export function readVolumes(
  pod: KubernetesObject,
  podSpec: unknown,
  objects: readonly KubernetesObject[],
): PodVolume[] {
  const near = objects.filter(({ namespace }) => namespace === pod.namespace);
  const templates = list(pod.spec.volume_claim_template).map((template): PodVolume => {
    const name = text(get(block(template, "metadata"), "name")) ?? "";
    return { name, files: [], mount: { kind: "volume", source: claimPattern(name, pod.name) } };
  });
  return [...templates, ...list(get(podSpec, "volume")).map((volume) => readVolume(volume, near))];
}

function readVolume(volume: unknown, objects: readonly KubernetesObject[]): PodVolume {
  const name = text(get(volume, "name")) ?? "";
  const [secret, map, projected] = [block(volume, "secret"), block(volume, "config_map"), block(volume, "projected")];
  const sources = [
    ...(text(secret.secret_name) ? [sourceFiles("secret", secret.secret_name, secret, objects)] : []),
    ...(text(map.name) ? [sourceFiles("config_map", map.name, map, objects)] : []),
    ...list(projected.sources).flatMap((source) => [
      ...list(get(source, "secret")).map((one) => sourceFiles("secret", get(one, "name"), one, objects)),
      ...list(get(source, "config_map")).map((one) => sourceFiles("config_map", get(one, "name"), one, objects)),
    ]),
  ];
  if (sources.length > 0) {
    const files = sources.flatMap((source) => source ?? []);
    // What is not in the plan may be any file.
    return { name, files, mount: sources.includes(undefined) ? { kind: "unknown" } : undefined };
  }
  return { name, files: [], mount: placeOf(volume) };
}

function placeOf(volume: unknown): PodVolume["mount"] {
  const claim = text(block(volume, "persistent_volume_claim").claim_name);
  if (claim) return { kind: "volume", source: claim };
  const directory = text(block(volume, "host_path").path);
  if (directory) return { kind: "directory", source: directory };
  return list(get(volume, "empty_dir")).length > 0 ? { kind: "memory" } : { kind: "unknown" };
}

/** Nothing when the object is not in the plan, or its keys are not. */
function sourceFiles(
  kind: string,
  name: unknown,
  source: unknown,
  objects: readonly KubernetesObject[],
): Upload[] | undefined {
  const object = objects.find((one) => one.kind === kind && one.name === name);
  const items = list(get(source, "items"));
  const contents = object && contentsOf(object);
  if (!object || (!contents && items.length === 0)) return undefined;
  const paths =
    items.length > 0
      ? items.map((item) => [text(get(item, "key")) ?? "", text(get(item, "path")) ?? ""] as const)
      : [...(contents?.keys() ?? [])].map((key) => [key, key] as const);
  return paths.map(([key, file]) => ({ file, content: contents?.get(key), from: object.address }));
}

/** Content by key; of `binary_data` only the key. */
export function contentsOf({ values }: KubernetesObject): ReadonlyMap<string, string | undefined> | undefined {
  const [data, binary] = [get(values, "data"), get(values, "binary_data")];
  // Masked as a whole, or known only after the apply.
  if (typeof data === "string" || typeof binary === "string") return undefined;
  const keys = Object.keys(record(binary)).map((key): [string, undefined] => [key, undefined]);
  return new Map<string, string | undefined>([...textMap(data), ...keys]);
}

/** Where a container has the files and places of its pod. */
export function mounted(
  container: unknown,
  volumes: readonly PodVolume[],
): { readonly uploads: readonly Upload[]; readonly mounts: readonly Mount[] } {
  const uploads: Upload[] = [];
  const mounts: Mount[] = [];
  for (const one of list(get(container, "volume_mount"))) {
    const path = text(get(one, "mount_path")) ?? "";
    const inside = text(get(one, "sub_path"));
    const volume = volumes.find(({ name }) => name === get(one, "name"));
    for (const upload of volume?.files ?? []) {
      if (inside === undefined) uploads.push({ ...upload, file: `${path.replace(/\/$/, "")}/${upload.file}` });
      else if (upload.file === inside) uploads.push({ ...upload, file: path });
    }
    if (volume?.mount) mounts.push({ ...volume.mount, path, readOnly: get(one, "read_only") === true });
  }
  return { uploads, mounts };
}
