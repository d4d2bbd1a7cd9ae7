import { readFileSync } from "node:fs";
import { Failure } from "../failure";
import type { Runtime } from "../runtime/runtime";
import type { Variables } from "../terraform/terraform";
import { ANSWER_MS, type KubernetesClients, makeClients } from "./clients";
import { type AskedCluster, isAbsent, orNothing } from "./failure";
import { type KubernetesSettings, readKubeConfig } from "./kube-config";
import type { KubeConfig } from "./library";
import { type KubernetesLibrary, loadLibrary } from "./library";
import { kubernetesRuntime } from "./runtime";

/** A namespace of a cluster that answered. */
export interface KubernetesConnection extends Runtime, Cluster {
  /** Of the API server, e.g. `v1.36.3`. */
  readonly serverVersion: string;
}

/** All that is needed to ask a cluster. */
export interface Cluster extends KubernetesClients, AskedCluster {
  /** For people. */
  readonly host: string;
  readonly library: KubernetesLibrary;
  readonly config: KubeConfig;
}

/**
 * Connects to an environment's namespace.
 * @throws Failure when the package is not installed, the context or the namespace is not there, or the cluster does not answer
 */
export async function connectKubernetes(
  settings: KubernetesSettings,
  variables: Variables,
  limitMs = ANSWER_MS,
): Promise<KubernetesConnection> {
  const { cluster, serverVersion } = await reachCluster(settings, variables, limitMs);
  await checkNamespace(cluster);
  return { ...cluster, ...kubernetesRuntime(cluster), serverVersion };
}

/** Asks the cluster for its version, and nothing of the namespace. @throws Failure as `connectKubernetes` */
export async function reachCluster(
  settings: KubernetesSettings,
  variables: Variables,
  limitMs = ANSWER_MS,
): Promise<{ readonly cluster: Cluster; readonly serverVersion: string }> {
  const { context, namespace } = settings;
  const library = await loadLibrary();
  const config = readKubeConfig(library, settings, variables);
  const server = config.getCurrentCluster()?.server ?? "";
  const asked: AskedCluster = { context, namespace, server, clientCertificate: clientCertificate(config) };
  const cluster = {
    ...makeClients(library, config, asked, limitMs),
    ...asked,
    host: placeOf(settings),
    library,
    config,
  };
  const found = await orNothing(cluster.version.getCode());
  if (!found?.gitVersion)
    throw new Failure(`What answers at ${server} is no Kubernetes`, `kubectl --context ${context} version says more`);
  return { cluster, serverVersion: found.gitVersion };
}

/** Where an environment runs, for people. */
export function placeOf({ context, namespace }: Pick<KubernetesSettings, "context" | "namespace">): string {
  return `Kubernetes, context ${context}, namespace ${namespace}`;
}

/** @throws Failure when the namespace is not there. Who may not look at namespaces may still work in one. */
export async function checkNamespace({ core, context, namespace }: Cluster): Promise<void> {
  try {
    const { status } = await core.readNamespace({ name: namespace });
    if (status?.phase !== "Terminating") return;
  } catch (error) {
    if (isAbsent(error))
      throw new Failure(
        `There is no namespace ${namespace} in the cluster of context ${context}`,
        `kubectl --context ${context} create namespace ${namespace}`,
      );
    if (isForbidden(error)) return;
    throw error;
  }
  throw new Failure(
    `The namespace ${namespace} is being deleted: nothing can be made in it`,
    `wait until it is gone: kubectl --context ${context} wait --for=delete namespace/${namespace} --timeout=5m; then make it again`,
  );
}

function isForbidden(error: unknown): boolean {
  return error instanceof Failure && / may not get namespaces /.test(error.message);
}

function clientCertificate(config: KubeConfig): string | undefined {
  const { certFile, certData } = config.getCurrentUser() ?? {};
  try {
    if (certFile) return readFileSync(certFile, "utf8");
  } catch (error) {
    throw new Failure(
      `The certificate that context ${config.getCurrentContext()} logs in with cannot be read: ${certFile}`,
      "get the kubeconfig again, with its files",
      (error as Error).message,
    );
  }
  return certData ? Buffer.from(certData, "base64").toString() : undefined;
}
