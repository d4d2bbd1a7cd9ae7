import { expect, test } from "vitest";
import { machines } from "../support/fake-machine";

const { fresh } = machines();
const older = { Version: "20.10.24", ApiVersion: "1.41", MinAPIVersion: "1.12" };

test("an engine before 25 is asked for the key before anything is made on it", async () => {
  const machine = await fresh();
  Object.assign(machine.engine.version, older);
  const { error } = await machine.run("up", machine.name, "--yes");
  expect(error).toMatchObject({
    message: `The Docker Engine at ${machine.dockerHost} is older than 25: it knows no start_interval for health checks; nothing was changed`,
    remedy: expect.stringContaining("write `docker: { olderThan25: true }` in environments/lab.yaml"),
  });
  expect(machine.calls("apply")).toEqual([]);
  expect(machine.state()).toEqual([]);
});

test("with the key it works", async () => {
  const machine = await fresh({ environment: { docker: { olderThan25: true } } });
  Object.assign(machine.engine.version, older);
  await machine.must("up", machine.name, "--yes");
  expect(machine.container("registry").state).toBe("running");
});
