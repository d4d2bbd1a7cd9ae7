import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { READ_ONLY_MARKER, serveCommand } from "../../../constructs/registry/serve";
import { temporaryDirectory } from "../../support/process";

const path = temporaryDirectory();

/** Runs the command with a registry that says how it was started, the marker in another place. */
function start(marked: boolean): string {
  mkdirSync(path("bin"), { recursive: true });
  writeFileSync(path("bin/registry"), '#!/bin/sh\necho "$$ $* [$REGISTRY_STORAGE_MAINTENANCE_READONLY]"\n');
  chmodSync(path("bin/registry"), 0o755);
  const marker = path(marked ? "bin/registry" : "nothing");
  const [shell = "", ...args] = serveCommand("/etc/some file.yml").map((word) =>
    word.replace(READ_ONLY_MARKER, marker),
  );
  const told = execFileSync("sh", ["-c", 'echo "$$"; exec "$@"', "sh", shell, ...args], {
    env: { PATH: `${path("bin")}:${process.env.PATH}` },
    encoding: "utf8",
  });
  const [, pid = "", own = "", rest = ""] = /^(\d+)\n(\d+) (.*)\n$/.exec(told) ?? [];
  // The same process: signals reach the registry.
  expect(own).toBe(pid);
  return rest;
}

test("the registry is served, as the container's own process", () => {
  expect(start(false)).toBe("serve /etc/some file.yml []");
});

test("with the marker it is read-only", () => {
  expect(start(true)).toBe("serve /etc/some file.yml [{enabled: true}]");
});

test("the configuration file is a word of its own, which the review of plans looks for", () => {
  expect(serveCommand("/etc/distribution/config.yml").at(-1)).toBe("/etc/distribution/config.yml");
});
