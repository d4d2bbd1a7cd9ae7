import { once } from "node:events";
import { expect, test } from "vitest";
import { endProvider } from "../../../../operations/deploy/kubernetes/provider-process";
import { startProgram } from "../../../support/provider-program";

test("ends the Kubernetes provider of that Terraform, and nothing else", async () => {
  const provider = await startProgram("terraform-provider-kubernetes_v3.2.1_x5");
  const docker = await startProgram("terraform-provider-docker_v4.5.0");
  const another = await startProgram("kubernetes-provider");
  // Its parent is a shell, as if another Terraform ran.
  const elsewhere = await startProgram("terraform-provider-kubernetes_v3.2.1", ["sh", "-c", '"$0"; exit $?']);
  const ended = once(provider, "exit");
  await endProvider(process.pid);
  expect(await ended).toEqual([null, "SIGTERM"]);
  expect([docker, another, elsewhere].map(({ exitCode, signalCode }) => exitCode ?? signalCode)).toEqual([
    null,
    null,
    null,
  ]);
  elsewhere.stdin?.end("word\n");
  // It was never told to end: it has read its word.
  expect(await once(elsewhere, "exit")).toEqual([0, null]);
});
