import { expect, test } from "vitest";
import { machines } from "../../support/fake-machine";
import { shortWaits } from "../../support/short-waits";

const { deployed } = machines();
shortWaits();

const registry = { cache: { type: "none" } };

/** Lab, and a second environment that keeps its images in lab's RustFS. */
async function twoOnOneStorage(branch: object = {}) {
  const lab = await deployed();
  const retention = [{ repositories: ["*"], keep: { newest: 1 } }];
  lab.writeEnvironment({
    registry: { ...registry, retention },
    storage: { rustfs: { s3Publish: { address: "10.9.9.9", port: 9000 } } },
  });
  const s3 = { endpoint: "http://10.9.9.9:9000", region: "us-east-1", bucket: "registry" };
  lab.writeEnvironment({ registry: { ...registry, publish: { port: 5099 } }, storage: { s3 }, ...branch }, "branch");
  return lab;
}

test.each(["gc lab --yes", "retention lab --yes"])(
  "%s stops when a registry on the same storage cannot be reached",
  async (command) => {
    const lab = await twoOnOneStorage({ docker: { host: "tcp://127.0.0.1:9" } });
    const { error } = await lab.run(...command.split(" "));
    expect(error).toMatchObject({
      message: expect.stringMatching(
        /^lab and branch keep their images in the same place, so branch must be reachable/,
      ),
    });
  },
);

test("one that does not run may start at any moment: it is no less than one that cannot be reached", async () => {
  const lab = await twoOnOneStorage();
  const running = lab.container("registry");
  lab.engine.containers.all.set("b", { ...running, id: "b", name: "branch-registry", state: "exited" });
  expect((await lab.run("gc", "lab", "--yes")).error).toMatchObject({
    message: expect.stringContaining("branch must be reachable, too: The container branch-registry does not run"),
    remedy: expect.stringMatching(/up branch$/),
  });
});

test("one that was never deployed is none", async () => {
  const lab = await twoOnOneStorage();
  const { error } = await lab.run("gc", "lab", "--yes");
  expect(String((error as Error | undefined)?.message)).not.toContain("branch");
});
