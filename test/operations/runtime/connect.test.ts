import { expect, test } from "vitest";
import { connectDocker } from "../../../operations/docker/docker";
import { requireDocker } from "../../../operations/runtime/connect";
import type { Runtime } from "../../../operations/runtime/runtime";
import { engineOf, engineSocket } from "../../support/engine-socket";

test("what only a Docker Engine can do is refused elsewhere, with the place", async () => {
  const host = await engineSocket(engineOf("29.0.0"));
  const docker = await connectDocker({ host }, {});
  expect(requireDocker(docker, "back up")).toBe(docker);
  const cluster = { host: "Kubernetes, context k, namespace lab" } as Runtime;
  expect(() => requireDocker(cluster, "back up")).toThrow(
    "Kubernetes, context k, namespace lab: this command cannot back up there",
  );
});
