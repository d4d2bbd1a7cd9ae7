import type Docker from "dockerode";
import { expect, test } from "vitest";
import { parseEnvironment } from "../../../config";
import type { DockerConnection } from "../../../operations/docker/docker";
import { countFailedLogins } from "../../../operations/monitoring/figures";

const { environment } = parseEnvironment("registry: { host: localhost }", "environments/lab.yaml");

/** An engine whose container has a log, as the engine sends it: a header before each line. */
function engineWith(lines: readonly string[] | Error): DockerConnection {
  const frames = (all: readonly string[]) =>
    Buffer.concat(
      all.map((line) => {
        const text = Buffer.from(`${line}\n`);
        const header = Buffer.from([2, 0, 0, 0, 0, 0, 0, 0]);
        header.writeUInt32BE(text.length, 4);
        return Buffer.concat([header, text]);
      }),
    );
  const logs = async () => {
    if (lines instanceof Error) throw lines;
    return frames(lines);
  };
  return { client: { getContainer: () => ({ logs }) } as unknown as Docker } as DockerConnection;
}

test("failed logins are counted, and a client's first request without a login is none", async () => {
  if (!environment) throw new Error("no environment");
  const wrong =
    '{"level":"warning","msg":"error authorizing context: basic authentication challenge for realm \\"registry\\": authentication failure"}';
  const first =
    '{"level":"warning","msg":"error authorizing context: basic authentication challenge for realm \\"registry\\": invalid authorization credential"}';
  expect(await countFailedLogins(engineWith([wrong, first, "GET /v2/ 401", wrong]), environment)).toBe(2);
  expect(await countFailedLogins(engineWith(new Error("no such container")), environment)).toBeUndefined();
});
