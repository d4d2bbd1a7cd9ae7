import { expect, test } from "vitest";
import { parseEnvironment } from "../../../config";
import { countFailedLogins } from "../../../operations/monitoring/figures";
import type { Runtime } from "../../../operations/runtime/runtime";

const { environment } = parseEnvironment("registry: { host: localhost }", "environments/lab.yaml");

/** Whatever runs a container with this log. */
function runtimeWith(lines: readonly string[] | Error): Runtime {
  const logs: Runtime["logs"] = async (_container, _options, onLine) => {
    if (lines instanceof Error) throw lines;
    for (const line of lines) onLine(line);
  };
  return { logs } as Runtime;
}

test("failed logins are counted, and a client's first request without a login is none", async () => {
  if (!environment) throw new Error("no environment");
  const wrong =
    '{"level":"warning","msg":"error authorizing context: basic authentication challenge for realm \\"registry\\": authentication failure"}';
  const first =
    '{"level":"warning","msg":"error authorizing context: basic authentication challenge for realm \\"registry\\": invalid authorization credential"}';
  expect(await countFailedLogins(runtimeWith([wrong, first, "GET /v2/ 401", wrong]), environment)).toBe(2);
  expect(await countFailedLogins(runtimeWith(new Error("no such container")), environment)).toBeUndefined();
});

test("with rights they are counted where tokens are given", async () => {
  const access = "access: { rules: [{ repository: a, who: [alice], may: [pull] }] }";
  const { environment: withRights } = parseEnvironment(
    `registry: { host: localhost }\n${access}`,
    "environments/lab.yaml",
  );
  if (!withRights) throw new Error("no environment");
  const line = (who: string) => `W1127 10:00:00.000000       1 server.go:400] Auth failed: {${who}@192.0.2.7:4711 []}`;
  const logs: Runtime["logs"] = async (container, _options, onLine) => {
    if (container !== "lab-token") throw new Error(container);
    for (const who of ["alice:***", ":", "bob:***"]) onLine(line(who));
  };
  expect(await countFailedLogins({ logs } as Runtime, withRights)).toBe(2);
});
