import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { connectKubernetes } from "../../../operations/kubernetes/connection";
import { whileReachable } from "../../../operations/kubernetes/port-forward";
import { environment, minimal } from "../../config/support";
import { FakeCluster } from "../../support/fake-cluster";
import { labelsOf, putService } from "../../support/fake-pods";
import { freePort } from "../../support/process";

async function ask(port: number): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write("hello");
  socket.once("data", () => socket.end());
  return text(socket);
}

test("a registry that only the cluster reaches answers here for as long as it is asked", async () => {
  const cluster = await FakeCluster.start();
  const port = await freePort();
  putService(cluster, "registry", [{ name: "a" }]);
  const ports = [{ port, targetPort: 5000 }];
  cluster.put("/api/v1/namespaces/lab/services", {
    metadata: { name: "registry" },
    spec: { selector: labelsOf("registry"), ports },
  });
  cluster.answerPort = (pod, to, bytes) => Buffer.from(`${pod}:${to} ${bytes}`);
  const runtime = await connectKubernetes(cluster.settings(), {});
  const hidden = environment(minimal(`  publish: { port: ${port} }\n`), "environments/lab.yaml");
  expect(await whileReachable(hidden, runtime, () => ask(port))).toBe("a:5000 hello");
  await expect(ask(port)).rejects.toThrow();
  // Somebody forwards it already: they are left alone.
  const twice = await whileReachable(hidden, runtime, () => whileReachable(hidden, runtime, () => ask(port)));
  expect(twice).toBe("a:5000 hello");
  const open = environment(
    minimal(`  publish: { address: all, port: ${port} }\n  tls: { mode: none, reason: only a test of forwarding }\n`),
    "environments/lab.yaml",
  );
  await expect(whileReachable(open, runtime, () => ask(port))).rejects.toThrow();
});
