import { describe, expect, test } from "vitest";
import { machines } from "../support/fake-machine";

const { deployed } = machines();

describe("a container that was killed for lack of memory", () => {
  const KILLED = /killed without a word, most likely for lack of memory/;

  test("and runs again is named by status and logs, with the key to raise", async () => {
    const lab = await deployed();
    lab.container("rustfs").restarts = 1;
    const { out } = await lab.must("status", "lab");
    expect(out).toMatch(/lab-rustfs +healthy, .*1 restart, memory 200\.0 MB of 3\.2 GB/);
    expect(out).toMatch(KILLED);
    expect(out).toContain("→ raise storage.rustfs.memoryMb in environments/lab.yaml, then: private-registry up lab");
    const logs = await lab.must("logs", "lab", "--no-follow");
    expect(logs.err).toMatch(KILLED);
    expect(logs.out).not.toMatch(KILLED);
  });

  test("and is down is named too", async () => {
    const lab = await deployed();
    await lab.engine.containers.stop(lab.container("registry"), 137);
    lab.container("registry").oomKilled = true;
    expect((await lab.must("status", "lab")).out).toMatch(
      /killed for lack of memory\n.*→ raise registry\.uploadsAtOnce/,
    );
  });

  test("is not what an orderly restart of RustFS is called", async () => {
    const lab = await deployed();
    Object.assign(lab.container("rustfs"), {
      restarts: 1,
      log: '{"message":"orderly restart: memory 1300 of 2048 MiB"}\n',
    });
    const { out } = await lab.must("status", "lab");
    expect(out).toContain("RustFS restarted in order, to give memory back");
    expect(out).not.toContain("raise");
  });
});
