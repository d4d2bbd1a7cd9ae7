import { mkdirSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { connectKubernetes } from "../../../operations/kubernetes/connection";
import { takeLock } from "../../../operations/maintenance/lock";
import { enterReadOnly, leaveReadOnly } from "../../../operations/maintenance/read-only";
import { isReadOnly, openSite } from "../../../operations/maintenance/site";
import { environment, minimal } from "../../config/support";
import { type ExecAnswer, type Executed, FakeCluster } from "../../support/fake-cluster";
import { putPod, putService } from "../../support/fake-pods";
import { inFolder } from "../in-folder";

inFolder();

const ENVIRONMENT = environment(minimal(), "environments/lab.yaml");

/** Two pods of a registry, each of which reads its marker when it is started again. */
async function start() {
  mkdirSync("environments");
  writeFileSync("environments/lab.yaml", minimal());
  const cluster = await FakeCluster.start();
  putService(cluster, "registry", [{ name: "a" }, { name: "b" }]);
  const marked = new Set<string>();
  const readOnly = new Set<string>();
  const restarts = new Map<string, number>();
  const told: string[] = [];
  cluster.exec = ({ pod, command }: Executed): ExecAnswer => {
    const text = command.join(" ");
    if (text.includes("kill -TERM 1")) {
      told.push(`restart ${pod}`);
      if (marked.has(pod)) readOnly.add(pod);
      else readOnly.delete(pod);
      restarts.set(pod, (restarts.get(pod) ?? 0) + 1);
      putPod(cluster, "registry", { name: pod, restarts: restarts.get(pod) });
    }
    if (text.includes("/proc/1/environ")) return { stdout: readOnly.has(pod) ? "yes" : "no" };
    if (text.includes('> "$1"') && text.includes("read-only")) marked.add(pod);
    if (text.includes("mv ")) marked.delete(pod);
    if (text.includes("stale()")) {
      told.push(`lock ${pod}`);
      return { stdout: "taken" };
    }
    return {};
  };
  const runtime = await connectKubernetes(cluster.settings(), {});
  return { cluster, told, readOnly, site: await openSite(runtime, ENVIRONMENT, {}) };
}

test("each pod is locked, made read-only and started again, one after the other", async () => {
  const { site, told, readOnly } = await start();
  const lock = await takeLock(site, "gc");
  await enterReadOnly(site, "gc", "2026-01-01T00:00:00Z");
  expect(told).toEqual(["lock a", "lock b", "restart a", "restart b"]);
  expect([...readOnly]).toEqual(["a", "b"]);
  expect(await isReadOnly(site)).toBe(true);
  await leaveReadOnly(site);
  expect(await isReadOnly(site)).toBe(false);
  await lock.release();
});

test("a pod that was replaced takes the lock with it: what relies on it stops", async () => {
  const { site, cluster } = await start();
  const lock = await takeLock(site, "gc", 50);
  cluster.objects.delete("/api/v1/namespaces/lab/pods/b");
  putPod(cluster, "registry", { name: "c" });
  await new Promise((resolve) => lock.lost.addEventListener("abort", resolve, { once: true }));
  expect(lock.lost.reason).toMatchObject({ message: "There is no b in Kubernetes, context fake, namespace lab" });
  await lock.release();
});
