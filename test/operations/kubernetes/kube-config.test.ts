import { mkdirSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { kubernetesVariables, readKubeConfig } from "../../../operations/kubernetes/kube-config";
import { loadLibrary } from "../../../operations/kubernetes/library";
import { temporaryDirectory } from "../../support/process";

const path = temporaryDirectory();
const SETTINGS = { context: "here", namespace: "lab" };

function written(name: string, parts: { cluster?: object; user?: object } = {}): string {
  const file = path(name);
  const { cluster = { server: "https://k8s.example.com" }, user = { token: "t" } } = parts;
  const config = {
    contexts: [{ name: "here", context: { cluster: "one", user: "me" } }],
    clusters: "cluster" in parts && !parts.cluster ? [] : [{ name: "one", cluster }],
    users: "user" in parts && !parts.user ? [] : [{ name: "me", user }],
  };
  writeFileSync(file, stringify(config));
  return file;
}

test("Terraform's provider looks at the same files, by whole paths: it runs in a folder of its own", () => {
  const [one, two] = [written("one"), written("two")];
  const from = (file: string) => relative(process.cwd(), file);
  expect(kubernetesVariables(SETTINGS, { KUBECONFIG: from(one) })).toEqual({ KUBE_CONFIG_PATH: one });
  expect(kubernetesVariables(SETTINGS, { KUBECONFIG: `${from(one)}:/nonexistent:${from(two)}` })).toEqual({
    KUBE_CONFIG_PATHS: `${one}:${two}`,
  });
  expect(kubernetesVariables(SETTINGS, { KUBE_CONFIG_PATH: two, KUBECONFIG: one })).toEqual({ KUBE_CONFIG_PATH: two });
});

test("a path in the environment file is the stack's own matter", () => {
  expect(kubernetesVariables({ ...SETTINGS, kubeconfig: "~/k" }, { KUBECONFIG: written("one") })).toEqual({});
});

test("a context that leads nowhere, or logs in as nobody, is told with the file", async () => {
  const library = await loadLibrary();
  const read = (kubeconfig: string) => readKubeConfig(library, { ...SETTINGS, kubeconfig }, {});
  const noCluster = written("no-cluster", { cluster: undefined });
  expect(() => read(noCluster)).toThrow(`Context here leads to the cluster one, which ${noCluster} does not have`);
  const noUser = written("no-user", { user: undefined });
  expect(() => read(noUser)).toThrow(`Context here logs in as me, whom ${noUser} does not have`);
});

test("files that a kubeconfig names lie beside it", async () => {
  mkdirSync(path("k"), { recursive: true });
  const kubeconfig = written("k/config", {
    cluster: { server: "https://k8s.example.com", "certificate-authority": "ca.pem" },
    user: { "client-certificate": "me.pem", "client-key": "me.key" },
  });
  const config = readKubeConfig(await loadLibrary(), { ...SETTINGS, kubeconfig }, {});
  expect(config.getCurrentCluster()?.caFile).toBe(path("k/ca.pem"));
  expect(config.getCurrentUser()).toMatchObject({ certFile: path("k/me.pem"), keyFile: path("k/me.key") });
});
