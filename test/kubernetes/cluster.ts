import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { connectKubernetes, type KubernetesConnection } from "../../operations/kubernetes/connection";
import { eventually } from "../support/process";

interface Kubeconfig {
  readonly "current-context"?: string;
  readonly contexts?: readonly { readonly name: string; readonly context: { readonly cluster: string } }[];
  readonly clusters?: readonly { readonly name: string; readonly cluster: { readonly server: string } }[];
}

const PATH = process.env.KUBECONFIG ?? "";
const CONFIG = existsSync(PATH) ? (parse(readFileSync(PATH, "utf8")) as Kubeconfig) : {};
const CONTEXT = CONFIG["current-context"] ?? "";

/** Why there is no cluster to test with; nothing: there is one. */
export const NO_CLUSTER = CONTEXT ? undefined : "no cluster that KUBECONFIG names by a current context";

export interface TestNamespace {
  readonly cluster: KubernetesConnection;
  readonly settings: { readonly context: string; readonly kubeconfig: string; readonly namespace: string };
  /** Removes it, with all that is in it. */
  remove(): Promise<void>;
}

/** A new namespace of the cluster that `KUBECONFIG` leads to. It takes only what is `restricted`. */
export async function testNamespace(): Promise<TestNamespace> {
  const namespace = `private-registry-test-${randomBytes(3).toString("hex")}`;
  const settings = { context: CONTEXT, kubeconfig: PATH, namespace };
  const { core } = await connectKubernetes({ ...settings, namespace: "default" }, {});
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  await core.createNamespace({ body: { metadata: { name: namespace, labels } } });
  return {
    settings,
    cluster: await connectKubernetes(settings, {}),
    remove: async () => void (await core.deleteNamespace({ name: namespace })),
  };
}

/** Waits until something holds of the cluster, which is not asked as often as a program on this machine. */
export async function until(holds: () => Promise<unknown>, limitMs = 120_000): Promise<void> {
  await eventually(String(holds), async () => Boolean(await holds()), limitMs, 500);
}

/** A kubeconfig for the same cluster with another login. */
export function kubeconfigWith(token: string): string {
  const { cluster } = CONFIG.contexts?.find(({ name }) => name === CONTEXT)?.context ?? {};
  const clusters = CONFIG.clusters?.filter(({ name }) => name === cluster);
  const file = join(mkdtempSync(join(tmpdir(), "kubeconfig-")), "config");
  const context = { cluster, user: "token" };
  writeFileSync(
    file,
    stringify({
      ...CONFIG,
      clusters,
      contexts: [{ name: CONTEXT, context }],
      users: [{ name: "token", user: { token } }],
    }),
  );
  return file;
}
