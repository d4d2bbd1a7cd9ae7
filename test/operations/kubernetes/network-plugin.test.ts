import { expect, test } from "vitest";
import { connectKubernetes } from "../../../operations/kubernetes/connection";
import { findNetworkPlugin } from "../../../operations/kubernetes/network-plugin";
import { FakeCluster } from "../../support/fake-cluster";

async function found(...names: string[]) {
  const cluster = await FakeCluster.start();
  for (const name of names) cluster.put("/apis/apps/v1/namespaces/kube-system/daemonsets", { metadata: { name } });
  if (names.length === 0) cluster.refused.set("list daemonsets", { status: 403, message: "no" });
  return findNetworkPlugin(await connectKubernetes(cluster.settings(), {}));
}

test.each([
  [["kube-proxy", "calico-node"], { name: "Calico", enforces: true }],
  // Canal is flannel with Calico's policies.
  [["kube-flannel-ds", "canal"], { name: "Calico", enforces: true }],
  [["cilium"], { name: "Cilium", enforces: true }],
  [["cilium-operator", "kindnet"], { name: "kindnet" }],
  [["kube-flannel-ds"], { name: "flannel", enforces: false }],
  [["aws-node"], { name: "Amazon VPC CNI" }],
  [["kube-proxy"], undefined],
])("%s is %o", async (names, plugin) => {
  expect(await found(...names)).toEqual(plugin);
});

test("who may not look is told nothing", async () => {
  expect(await found()).toBeUndefined();
});
