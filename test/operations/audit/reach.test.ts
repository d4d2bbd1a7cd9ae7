import type Docker from "dockerode";
import { expect, test } from "vitest";
import { parseEnvironment } from "../../../config";
import { limitsOfLog } from "../../../operations/audit/reach";
import type { DockerConnection } from "../../../operations/docker/docker";
import { engineWithLog } from "./engine-with-log";

function limits(LogConfig: { Type: string; Config: Record<string, string> }, level = "info") {
  const { docker } = engineWithLog([
    { id: "a", lines: ["2026-11-27T08:00:00.123456789Z listening", "2026-11-28T08:00:00Z x"] },
  ]);
  const inspect = async () => ({ Id: "a", Created: "2026-11-27T07:59:59.5Z", HostConfig: { LogConfig } });
  const client = { ...docker.client, getContainer: () => ({ inspect }) } as unknown as Docker;
  const text = `registry: { host: localhost, log: { level: ${level} } }`;
  const { environment = undefined as never } = parseEnvironment(text, "environments/lab.yaml");
  return limitsOfLog(environment, { ...docker, client } as DockerConnection);
}

const BEGINS = "The log begins at 2026-11-27T08:00:00Z; its container was made at 2026-11-27T07:59:59Z.";

test.each([
  [
    "json-file",
    {},
    "The driver json-file keeps it without a limit until the container is replaced; --to keeps events longer.",
  ],
  [
    "json-file",
    { "max-size": "9m" },
    "The driver json-file keeps it up to 1 × 9m until the container is replaced; --to keeps events longer.",
  ],
  [
    "local",
    { "max-size": "9m", "max-file": "3" },
    "The driver local keeps it up to 3 × 9m until the container is replaced; --to keeps events longer.",
  ],
  ["local", {}, "The driver local keeps it up to 5 × 20m until the container is replaced; --to keeps events longer."],
  [
    "journald",
    {},
    "The host's journal keeps it, that of earlier containers too: journalctl CONTAINER_NAME=lab-registry",
  ],
  [
    "syslog",
    {},
    "The driver syslog sends it away; the engine's copy goes with the container, --to keeps events longer.",
  ],
])("how far a log reaches with %s %j", async (Type, Config, says) => {
  expect(await limits({ Type, Config })).toEqual([`${BEGINS} ${says}`]);
});

test.each([
  ["warn", "the names in failed logins"],
  ["error", "failed logins"],
])("that a log of level %s has neither successful requests nor %s", async (level, what) => {
  const [, says] = await limits({ Type: "local", Config: {} }, level);
  expect(says).toBe(
    `With registry.log.level: ${level} the registry logs neither successful requests nor ${what}. Set it to info to log both.`,
  );
});
