import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { quote } from "../command";
import { Failure } from "../failure";
import type { Variables } from "../terraform/terraform";
import type { KubeConfig, KubernetesLibrary } from "./library";

/** Where an environment's cluster is, as its file says it. */
export interface KubernetesSettings {
  /** Of the kubeconfig. */
  readonly context: string;
  /** Path of the kubeconfig. @default - `KUBE_CONFIG_PATH`, `KUBECONFIG`, `~/.kube/config` */
  readonly kubeconfig?: string;
  readonly namespace: string;
}

/**
 * The kubeconfig with the context that was asked for. The variable that Terraform's provider reads goes first, so that all
 * look at one cluster.
 * @throws Failure when there is none, it cannot be read, or it has no such context
 */
export function readKubeConfig(
  { KubeConfig }: KubernetesLibrary,
  { context, kubeconfig }: KubernetesSettings,
  variables: Variables,
): KubeConfig {
  const { paths, from } = kubeConfigPaths(kubeconfig, variables);
  const found = paths.filter((path) => existsSync(path));
  if (found.length === 0)
    throw new Failure(
      `There is no kubeconfig at ${paths.join(" or ")} (${from})`,
      "write kubernetes.kubeconfig in the environment file, or: export KUBECONFIG=PATH",
    );
  const all = found.map((path) => readOne(KubeConfig, path));
  const config = new KubeConfig();
  // Of several files the first that has a name decides, as for kubectl.
  config.loadFromOptions({
    clusters: all.flatMap((one) => one.clusters ?? []),
    contexts: all.flatMap((one) => one.contexts ?? []),
    users: all.flatMap((one) => one.users ?? []),
    currentContext: context,
  });
  checkContext(config, context, found);
  return config;
}

/** What makes Terraform's provider read the same files: it looks for them elsewhere, and from a folder of its own. */
export function kubernetesVariables({ kubeconfig }: KubernetesSettings, variables: Variables): Variables {
  if (kubeconfig) return {};
  const { paths } = kubeConfigPaths(undefined, variables);
  const found = paths.filter((path) => existsSync(path)).map((path) => resolve(path));
  return found.length === 1 ? { KUBE_CONFIG_PATH: found[0] } : { KUBE_CONFIG_PATHS: found.join(delimiter) };
}

function readOne(KubeConfig: KubernetesLibrary["KubeConfig"], path: string): KubeConfig {
  try {
    const text = readFileSync(path, "utf8");
    if (text.trim() === "") throw new Error("the file is empty");
    const one = new KubeConfig();
    one.loadFromString(text);
    one.makePathsAbsolute(resolve(dirname(path)));
    return one;
  } catch (error) {
    throw new Failure(
      `The kubeconfig ${path} cannot be read`,
      `try: kubectl --kubeconfig ${quote(path)} config view`,
      (error as Error).message,
    );
  }
}

/** Where a kubeconfig is looked for, and what says so. */
export function kubeConfigPaths(
  kubeconfig: string | undefined,
  variables: Variables,
): { readonly paths: readonly string[]; readonly from: string } {
  const home = variables.HOME || homedir();
  const whole = (path: string) => path.replace(/^~(?=\/|$)/, home);
  if (kubeconfig) return { paths: [whole(kubeconfig)], from: "kubernetes.kubeconfig of the environment file" };
  const { KUBE_CONFIG_PATH, KUBECONFIG } = variables;
  if (KUBE_CONFIG_PATH) return { paths: [whole(KUBE_CONFIG_PATH)], from: "KUBE_CONFIG_PATH" };
  const listed = KUBECONFIG?.split(delimiter).filter(Boolean) ?? [];
  if (listed.length > 0) return { paths: listed, from: "KUBECONFIG" };
  return {
    paths: [join(home, ".kube", "config")],
    from: "kubectl's own place; neither KUBECONFIG nor KUBE_CONFIG_PATH is set",
  };
}

/** The library takes whatever is there, and fails later without a word about the context. */
function checkContext(config: KubeConfig, context: string, files: readonly string[]): void {
  const where = files.join(", ");
  const found = config.getContextObject(context);
  if (!found) {
    const names = config.getContexts().map(({ name }) => name);
    throw new Failure(
      `${where} has no context ${context}`,
      names.length > 0
        ? `there are: ${names.join(", ")}; write one of them as kubernetes.context in the environment file`
        : "it has no contexts at all: kubectl config get-contexts",
    );
  }
  const cluster = config.getCluster(found.cluster);
  if (!cluster?.server)
    throw new Failure(`Context ${context} leads to the cluster ${found.cluster}, which ${where} does not have`);
  if (!config.getUser(found.user))
    throw new Failure(`Context ${context} logs in as ${found.user}, whom ${where} does not have`);
}
