import { expect, test, vi } from "vitest";
import { removeOrphans } from "../../../../operations/deploy/kubernetes/removal";
import type { FoundObject } from "../../../../operations/deploy/objects";
import { connectKubernetes } from "../../../../operations/kubernetes/connection";
import type { Operation } from "../../../../operations/operation";
import { FakeCluster } from "../../../support/fake-cluster";
import { shortWaits } from "../../../support/short-waits";

vi.setConfig({ testTimeout: 60_000 });
shortWaits();

const PATHS: Readonly<Record<string, string>> = {
  Deployment: "/apis/apps/v1/namespaces/lab/deployments",
  Secret: "/api/v1/namespaces/lab/secrets",
  PersistentVolumeClaim: "/api/v1/namespaces/lab/persistentvolumeclaims",
};

async function start() {
  const cluster = await FakeCluster.start();
  const connection = await connectKubernetes(cluster.settings(), {});
  const lines: string[] = [];
  const stop = new AbortController();
  const stage = {
    now: () => {},
    line: (text: string) => void lines.push(text),
    done: (result = "") => void lines.push(result),
    failed: () => void lines.push("failed"),
  };
  const operation = {
    progress: { stage: () => stage },
    interruption: { gentle: stop.signal, hard: stop.signal },
  } as unknown as Operation;
  /** Puts what is left over, and says of it what was found. */
  const left = (kind: string, name: string): FoundObject => {
    const collection = PATHS[kind] ?? "";
    cluster.put(collection, { metadata: { name } });
    const object = cluster.objects.get(`${collection}/${name}`);
    return { kind, name, id: String(object?.metadata.uid), holdsData: kind === "PersistentVolumeClaim" };
  };
  return { cluster, lines, stop, left, remove: (...all: FoundObject[]) => removeOrphans(operation, connection, all) };
}

const deletions = ({ requests }: FakeCluster) => requests.filter((one) => one.startsWith("DELETE"));

test("removes what has pods first, and never a claim", async () => {
  const { cluster, lines, left, remove } = await start();
  await remove(
    left("Secret", "lab-auth"),
    left("PersistentVolumeClaim", "data-lab-rustfs-0"),
    left("Deployment", "lab-registry"),
  );
  expect(deletions(cluster)).toEqual([
    "DELETE /apis/apps/v1/namespaces/lab/deployments/lab-registry",
    "DELETE /api/v1/namespaces/lab/secrets/lab-auth",
  ]);
  expect([...cluster.objects.keys()]).toContain("/api/v1/namespaces/lab/persistentvolumeclaims/data-lab-rustfs-0");
  expect(lines).toEqual([
    "Deployment lab-registry removed",
    "Secret lab-auth removed",
    "2 left over by an apply that was killed",
  ]);
});

test("says nothing where only claims are left", async () => {
  const { lines, left, remove } = await start();
  await remove(left("PersistentVolumeClaim", "data-lab-rustfs-0"));
  expect(lines).toEqual([]);
});

test("waits until one is gone, pods and all, before it goes on", async () => {
  const { cluster, left, remove } = await start();
  const path = "/apis/apps/v1/namespaces/lab/deployments/lab-registry";
  cluster.held.add(path);
  const removing = remove(left("Deployment", "lab-registry"), left("Secret", "lab-auth"));
  await vi.waitUntil(() => cluster.requests.filter((one) => one === `GET ${path}`).length > 2);
  expect(deletions(cluster)).toEqual([`DELETE ${path}`]);
  cluster.objects.delete(path);
  await removing;
  expect(deletions(cluster)).toHaveLength(2);
});

test("another object of the name is none of its own: it is neither removed nor waited for", async () => {
  const { cluster, left, remove } = await start();
  const found = { ...left("Deployment", "lab-registry"), id: "the-one-before" };
  await expect(remove(found)).rejects.toThrow("the UID is another");
  expect([...cluster.objects.keys()].some((path) => path.endsWith("/lab-registry"))).toBe(true);
  // The same name, made anew while it waits.
  const path = "/apis/apps/v1/namespaces/lab/deployments/lab-ui";
  cluster.held.add(path);
  cluster.onChange = () => cluster.put(PATHS.Deployment ?? "", { metadata: { name: "lab-ui", uid: "new" } });
  await remove(left("Deployment", "lab-ui"));
});

test("what does not go is told of with the command that shows what holds it", async () => {
  const { cluster, lines, left, remove } = await start();
  cluster.held.add("/api/v1/namespaces/lab/secrets/lab-auth");
  const begun = Date.now();
  const now = vi.spyOn(Date, "now");
  let looks = 0;
  now.mockImplementation(() => begun + 100_000 * looks++);
  try {
    await expect(remove(left("Secret", "lab-auth"))).rejects.toMatchObject({
      message: "Secret lab-auth was left by an apply that was killed, and does not go",
      remedy: expect.stringContaining("kubectl --context fake -n lab get Secret lab-auth -o yaml (finalizers)"),
    });
  } finally {
    now.mockRestore();
  }
  expect(lines).toEqual(["failed"]);
});

test("a person who stops it need not wait", async () => {
  const { cluster, stop, left, remove } = await start();
  cluster.held.add("/api/v1/namespaces/lab/secrets/lab-auth");
  cluster.onChange = () => stop.abort();
  await remove(left("Secret", "lab-auth"));
  expect([...cluster.objects.keys()]).toContain("/api/v1/namespaces/lab/secrets/lab-auth");
});
