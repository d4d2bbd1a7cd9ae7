import type { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1";
import type { SecretV1 } from "@cdktf/provider-kubernetes/lib/secret-v1";
import type {
  StatefulSetV1SpecTemplateSpecContainerVolumeMount as Mount,
  StatefulSetV1SpecTemplateSpecVolume as Volume,
} from "@cdktf/provider-kubernetes/lib/stateful-set-v1";
import { Fn, type TerraformResource, Token } from "cdktf";
import type { Construct } from "constructs";
import { literal } from "../values/literal";
import { bindings } from "./kubernetes-bindings";
import { labelsOf, type Place, part } from "./kubernetes-objects";
import type { ContainerFile, ContainerSpec } from "./platform";

/** Files of a container as a cluster has them. */
export interface PodFiles {
  readonly volumes: Volume[];
  readonly mounts: Mount[];
  /** A hash of them all: a pod template that carries it is another one when a file is. @default - no files */
  readonly hash?: string;
  readonly resources: TerraformResource[];
}

/**
 * Puts a container's files into a Secret and a ConfigMap: those with a secret, and those of this machine, which may be keys, into
 * the first. Each directory of them is a volume.
 */
export function podFiles(scope: Construct, id: string, spec: ContainerSpec, context: Place): PodFiles {
  const files = (spec.files ?? []).map((file, _, all) => ({
    ...file,
    key: keyOf(file, all),
    isSecret: isSecret(file),
  }));
  if (files.length === 0) return { volumes: [], mounts: [], resources: [] };
  const metadata = { name: spec.name, namespace: context.namespace, labels: labelsOf(spec) };
  const { provider } = context;
  const [open, hidden] = [files.filter((one) => !one.isSecret), files.filter((one) => one.isSecret)];
  const dataOf = (some: readonly KeyedFile[]) => Object.fromEntries(some.map((file) => [file.key, textOf(file)]));
  const name = part(id);
  const map =
    open.length > 0
      ? new bindings.ConfigMapV1(scope, `${name}files`, { metadata, data: dataOf(open), provider })
      : undefined;
  const secret =
    hidden.length > 0
      ? new bindings.SecretV1(scope, `${name}secrets`, { metadata, data: dataOf(hidden), type: "Opaque", provider })
      : undefined;
  const directories = rootsOf(files.map(({ path }) => directoryOf(path)));
  return {
    volumes: directories.map((directory) => ({
      name: volumeName(directory),
      projected: [
        {
          defaultMode: "0440",
          sources: [
            source("configMap", spec.name, open, directory),
            source("secret", spec.name, hidden, directory),
          ].filter((one) => one !== undefined),
        },
      ],
    })),
    mounts: directories.map((directory) => ({ mountPath: directory, name: volumeName(directory), readOnly: true })),
    hash: hashOf(map, secret),
    resources: [map, secret].filter((one) => one !== undefined),
  };
}

type KeyedFile = ContainerFile & { readonly key: string };

function source(kind: "configMap" | "secret", name: string, files: readonly KeyedFile[], directory: string) {
  const inside = files.filter(({ path }) => path.startsWith(`${directory}/`));
  if (inside.length === 0) return undefined;
  const items = inside.map(({ key, path, mode = "0444" }) => ({
    ...{ key, path: path.slice(directory.length + 1) },
    mode: readableByGroup(mode),
  }));
  return { [kind]: [{ name, items }] };
}

/** Files belong to root and the pod's group: whoever reads them is not root. */
function readableByGroup(mode: string): string {
  const [, owner = 4, group = 0, others = 0] = [...mode.padStart(4, "0")].map(Number);
  return `0${owner}${group | owner}${others}`;
}

function isSecret({ content, source }: ContainerFile): boolean {
  return source !== undefined || Token.isUnresolved(content);
}

function textOf({ content, source }: ContainerFile): string {
  return source ? Fn.file(source) : literal(content ?? "");
}

/** The file's name where no other has it, else its path. */
function keyOf({ path }: ContainerFile, all: readonly ContainerFile[]): string {
  const name = nameOf(path);
  return all.filter((one) => nameOf(one.path) === name).length > 1 ? path.slice(1).replaceAll("/", ".") : name;
}

const nameOf = (path: string) => path.slice(path.lastIndexOf("/") + 1);
const directoryOf = (path: string) => path.slice(0, path.lastIndexOf("/"));
const volumeName = (directory: string) =>
  directory
    .slice(1)
    .replaceAll(/[^a-z0-9]+/gi, "-")
    .toLowerCase();

/** Directories that lie in no other: a volume cannot be mounted into one that is read-only. */
function rootsOf(directories: readonly string[]): string[] {
  const all = [...new Set(directories)].sort();
  return all.filter((one) => !all.some((other) => one.startsWith(`${other}/`)));
}

/** The state knows the Secret's content as sensitive; its hash tells nothing, since it holds keys that nobody guesses. */
function hashOf(map: ConfigMapV1 | undefined, secret: SecretV1 | undefined): string {
  const open = map ? [Fn.jsonencode(map.data)] : [];
  if (!secret) return Fn.sha256(Fn.join("", open));
  return Fn.nonsensitive(Fn.sha256(Fn.join("", [...open, Fn.jsonencode(secret.data)])));
}
