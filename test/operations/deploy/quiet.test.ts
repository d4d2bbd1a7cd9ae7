import { describe, expect, test } from "vitest";
import { waitUntilQuiet } from "../../../operations/deploy/quiet";
import { connectDocker } from "../../../operations/docker/docker";
import type { Operation } from "../../../operations/operation";
import { type FakeMachine, machines } from "../../support/fake-machine";
import { shortWaits } from "../../support/short-waits";

const { deployed } = machines();
shortWaits();

const RUNNING = (many: number) =>
  `goroutine profile: total 9\n${many} @ 0x1 0x2\n#\t0xd5\tgithub.com/distribution/distribution/v3/registry/handlers.(*blobUploadHandler).PatchBlobData+0x88b\t/a.go:1\n#\t0xd6\tgithub.com/distribution/distribution/v3/registry/handlers.(*App).ServeHTTP+0x2f4\t/b.go:2\n\n5 @ 0x3\n#\t0x74\tnet/http.(*conn).readRequest+0x178\t/s.go:998\n`;
const IDLE = "goroutine profile: total 5\n5 @ 0x3\n#\t0x74\tnet/http.(*conn).readRequest+0x178\t/s.go:998\n";

/** What the debug server of the registry lists, one look after the other, the last one for ever. */
function lists(lab: FakeMachine, looks: readonly string[]) {
  const { exec } = lab.engine;
  let asked = 0;
  lab.engine.exec = (container, command, input) => {
    if (!command.at(-1)?.endsWith("/debug/pprof/goroutine?debug=1")) return exec(container, command, input);
    expect(container.name).toBe("lab-registry");
    return { stdout: looks[Math.min(asked++, looks.length - 1)] };
  };
  return () => asked;
}

describe("a change of the registry", () => {
  test("begins when no request of clients runs, and says what it waits for", async () => {
    const lab = await deployed();
    const asked = lists(lab, [RUNNING(4), RUNNING(1), IDLE]);
    lab.writeEnvironment({ registry: { realm: "other" } });
    const { err } = await lab.must("up", "lab", "--yes");
    expect(err).toMatch(/✓ wait +no push or pull runs/);
    expect(asked()).toBe(3);
    expect(lab.calls("apply").length).toBe(1);
  });

  test("waits for nobody when nothing runs, and says nothing", async () => {
    const lab = await deployed();
    const asked = lists(lab, [IDLE]);
    lab.writeEnvironment({ registry: { realm: "other" } });
    expect((await lab.must("up", "lab", "--yes")).err).not.toMatch(/ wait /);
    expect(asked()).toBe(1);
  });

  test("of its storage waits, too", async () => {
    const lab = await deployed();
    lists(lab, [RUNNING(1), IDLE]);
    lab.writeEnvironment({ storage: { rustfs: { memoryMb: 4096, logLevel: "info" } } });
    expect((await lab.must("up", "lab", "--yes")).err).toMatch(/✓ wait +no push or pull runs/);
  });

  test("that stops neither waits for nothing", async () => {
    const lab = await deployed();
    const asked = lists(lab, [RUNNING(1)]);
    await lab.must("users", "add", "lab", "bob");
    await lab.must("up", "lab", "--yes");
    expect(asked()).toBe(0);
  });
});

describe("the wait", () => {
  const PLAN = {
    resource_changes: [
      {
        address: "docker_container.distribution",
        type: "docker_container",
        change: {
          actions: ["delete", "create"],
          before: {
            name: "lab-registry",
            labels: [{ label: "dev.private-registry.component", value: "distribution" }],
          },
          after: {},
        },
      },
    ],
  };

  /** A registry in which requests run for ever. */
  function busy(gentle = new AbortController().signal) {
    const said: string[] = [];
    const stage = {
      now: (text: string) => said.push(text),
      line: () => {},
      done: (text = "") => said.push(`done: ${text}`),
      failed: () => said.push("failed"),
    };
    const operation = {
      environment: { name: "lab" },
      interruption: { gentle },
      progress: { stage: () => stage },
    } as unknown as Operation;
    return { said, operation };
  }

  test("has an end, and says what will be cut", async () => {
    const { docker, asked } = await engineOf(RUNNING(2));
    const { operation, said } = busy();
    await waitUntilQuiet(operation, docker, PLAN as never, 20);
    // One look before it, one after a pause that is longer than it.
    expect(asked()).toBe(2);
    expect(said[0]).toBe(
      "waiting for 2 running requests, e.g. a push; the change starts when none runs any more, in 1 s at the latest",
    );
    expect(said.at(-1)).toBe(
      "done: 2 requests still run after 0.02 s; those that run when the registry stops are cut off",
    );
  });

  test("can be stopped, with nothing changed", async () => {
    const { docker } = await engineOf(RUNNING(1));
    const { operation, said } = busy(AbortSignal.abort());
    await expect(waitUntilQuiet(operation, docker, PLAN as never)).rejects.toThrow("Stopped. Nothing was changed.");
    expect(said.at(-1)).toBe("failed");
  });

  async function engineOf(profile: string) {
    const lab = await deployed();
    const asked = lists(lab, [profile]);
    return { asked, docker: await connectDocker({ host: lab.dockerHost }, {}) };
  }
});
