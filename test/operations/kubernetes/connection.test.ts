import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { connectKubernetes } from "../../../operations/kubernetes/connection";
import { kubeConfigPaths } from "../../../operations/kubernetes/kube-config";
import { KUBERNETES_PACKAGES, loadLibrary } from "../../../operations/kubernetes/library";
import manifest from "../../../package.json";
import { makeCertificates, readPair } from "../../support/certificates";
import { FakeCluster } from "../../support/fake-cluster";
import { freePort } from "../../support/process";

const folder = () => mkdtempSync(join(tmpdir(), "kubernetes-"));

test("a namespace that answers", async () => {
  const cluster = await FakeCluster.start();
  const connection = await connectKubernetes(cluster.settings(), {});
  expect(connection).toMatchObject({
    host: "Kubernetes, context fake, namespace lab",
    context: "fake",
    namespace: "lab",
    serverVersion: "v1.36.3",
  });
  expect(await connection.names()).toEqual([]);
});

test("without the package it says how to install it", async () => {
  const missing = Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
  await expect(loadLibrary(() => Promise.reject(missing))).rejects.toMatchObject({
    message: "An environment on Kubernetes needs the package @kubernetes/client-node, which is not installed",
    remedy: "npm install @kubernetes/client-node@^1.4.0 @cdktf/provider-kubernetes@^12.1.1",
  });
  const { peerDependencies } = manifest as { peerDependencies: Record<string, string> };
  for (const one of KUBERNETES_PACKAGES) {
    const at = one.lastIndexOf("@");
    expect(peerDependencies[one.slice(0, at)]).toBe(one.slice(at + 1));
  }
});

test.each([
  [{ kubeconfig: "~/k" }, ["/home/me/k"]],
  [{ KUBE_CONFIG_PATH: "a", KUBECONFIG: "b:c" }, ["a"]],
  [{ KUBECONFIG: "b:c" }, ["b", "c"]],
  [{}, ["/home/me/.kube/config"]],
])("with %o the kubeconfig is %s", ({ kubeconfig, ...variables }: Record<string, string>, paths) => {
  expect(kubeConfigPaths(kubeconfig, { HOME: "/home/me", ...variables }).paths).toEqual(paths);
});

test("no kubeconfig, one that is no YAML, an empty one", async () => {
  const settings = { context: "fake", namespace: "lab" };
  await expect(connectKubernetes({ ...settings, kubeconfig: "/nonexistent" }, {})).rejects.toMatchObject({
    message: "There is no kubeconfig at /nonexistent (kubernetes.kubeconfig of the environment file)",
    remedy: "write kubernetes.kubeconfig in the environment file, or: export KUBECONFIG=PATH",
  });
  for (const text of ["a: [", ""]) {
    const kubeconfig = join(folder(), "config");
    writeFileSync(kubeconfig, text);
    await expect(connectKubernetes({ ...settings, kubeconfig }, {})).rejects.toMatchObject({
      message: `The kubeconfig ${kubeconfig} cannot be read`,
      remedy: `try: kubectl --kubeconfig ${kubeconfig} config view`,
    });
  }
});

test("a context that is not there is told with those that are", async () => {
  const cluster = await FakeCluster.start();
  const kubeconfig = cluster.kubeconfig();
  await expect(connectKubernetes({ context: "prod", namespace: "lab", kubeconfig }, {})).rejects.toMatchObject({
    message: `${kubeconfig} has no context prod`,
    remedy: "there are: fake, other; write one of them as kubernetes.context in the environment file",
  });
});

test("several kubeconfigs are one, of which the first that has a name decides", async () => {
  const [cluster, other] = [await FakeCluster.start(), await FakeCluster.start()];
  const variables = { KUBECONFIG: ["/nonexistent", cluster.kubeconfig(), other.kubeconfig()].join(":") };
  await connectKubernetes({ context: "other", namespace: "lab" }, variables);
  expect([cluster.requests.length, other.requests.length]).toEqual([2, 0]);
});

test("a namespace that is not there is told with the command that makes it", async () => {
  const cluster = await FakeCluster.start();
  await expect(connectKubernetes({ ...cluster.settings(), namespace: "prod" }, {})).rejects.toMatchObject({
    message: "There is no namespace prod in the cluster of context fake",
    remedy: "kubectl --context fake create namespace prod",
  });
});

test("a namespace that is being deleted", async () => {
  const cluster = await FakeCluster.start();
  cluster.put("/api/v1/namespaces", { metadata: { name: "lab" }, status: { phase: "Terminating" } });
  await expect(connectKubernetes(cluster.settings(), {})).rejects.toMatchObject({
    message: "The namespace lab is being deleted: nothing can be made in it",
  });
});

test("who may not look at namespaces works in one all the same", async () => {
  const cluster = await FakeCluster.start();
  const message =
    'namespaces "lab" is forbidden: User "bot" cannot get resource "namespaces" in API group "" in the namespace "lab"';
  cluster.refused.set("get namespaces", { status: 403, message });
  expect((await connectKubernetes(cluster.settings(), {})).namespace).toBe("lab");
});

test("what a role lacks is named", async () => {
  const cluster = await FakeCluster.start();
  const message =
    'deployments.apps is forbidden: User "bot" cannot list resource "deployments" in API group "apps" in the namespace "lab"';
  cluster.refused.set("list deployments", { status: 403, message });
  const connection = await connectKubernetes(cluster.settings(), {});
  await expect(connection.names()).rejects.toMatchObject({
    message: "bot may not list deployments.apps in namespace lab",
    remedy: expect.stringContaining("kubectl --context fake -n lab auth can-i list deployments.apps"),
    details: message,
  });
});

test("a login that the cluster does not know", async () => {
  const cluster = await FakeCluster.start();
  cluster.refused.set("/version", { status: 401, message: "Unauthorized" });
  await expect(connectKubernetes(cluster.settings(), {})).rejects.toMatchObject({
    message: "The cluster of context fake does not know who asks: its login is wrong, or has ended",
    remedy: expect.stringContaining("kubectl --context fake auth whoami"),
  });
});

test("a cluster that is not there, does not answer, or is no cluster", async () => {
  const cluster = await FakeCluster.start();
  const settings = { context: "fake", namespace: "lab" };
  const port = await freePort();
  const gone = cluster.kubeconfig({ server: `https://127.0.0.1:${port}` });
  await expect(connectKubernetes({ ...settings, kubeconfig: gone }, {})).rejects.toMatchObject({
    message: `Nobody answers at https://127.0.0.1:${port}, the cluster of context fake: it does not run, or is elsewhere`,
    remedy: "try: kubectl --context fake version",
  });
  const unresolved = cluster.kubeconfig({ server: "https://nowhere.invalid" });
  await expect(connectKubernetes({ ...settings, kubeconfig: unresolved }, {})).rejects.toMatchObject({
    message: "The name in https://nowhere.invalid, the cluster of context fake, does not resolve here",
  });
  cluster.refused.set("/version", { status: 404, message: "no" });
  await expect(connectKubernetes(cluster.settings(), {})).rejects.toMatchObject({
    message: `What answers at ${cluster.url} is no Kubernetes`,
  });
  const plain = cluster.kubeconfig({});
  await expect(connectKubernetes({ ...settings, kubeconfig: plain }, {})).rejects.toMatchObject({
    message: expect.stringContaining("is plain HTTP"),
  });
});

test("a program that logs in and is not installed", async () => {
  const cluster = await FakeCluster.start();
  const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "nobody-has-this" };
  const kubeconfig = cluster.kubeconfig(undefined, { exec });
  await expect(connectKubernetes({ context: "fake", namespace: "lab", kubeconfig }, {})).rejects.toMatchObject({
    message: "Context fake logs in with the program nobody-has-this, which is not on the PATH",
  });
});

test("certificates: trusted, of somebody else's CA, for another name", async () => {
  const made = await makeCertificates(folder());
  const cluster = await FakeCluster.start(readPair(made.server));
  const connect = (own: object) =>
    connectKubernetes({ context: "fake", namespace: "lab", kubeconfig: cluster.kubeconfig(own) }, {});
  expect((await connect({ "certificate-authority": made.ca })).serverVersion).toBe("v1.36.3");
  await expect(connect({})).rejects.toMatchObject({
    message: expect.stringContaining("shows a certificate that the kubeconfig's CA did not make"),
  });
  const other = { "certificate-authority": made.ca, "tls-server-name": "elsewhere" };
  await expect(connect(other)).rejects.toMatchObject({
    message: `The certificate of ${cluster.url} is for other names`,
  });
});
