import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseEligible, runDryRun } from "../../../operations/gc/dry-run";
import { LocalSite } from "../../support/local-site";
import { temporaryDirectory } from "../../support/process";
import { shortWaits } from "../../support/short-waits";
import { digestOf } from "../../support/stored-registry";

const path = temporaryDirectory();
shortWaits(4);
const [a, b, c] = ["a", "b", "c"].map(digestOf) as [string, string, string];

/** As Distribution 3.1.2 prints it. */
const OUTPUT = `team/app
team/app: marking manifest ${a} 
team/app: marking blob ${b}

2 blobs marked, 2 blobs and 0 manifests eligible for deletion
blob eligible for deletion: ${b}
blob eligible for deletion: ${c}
team/app: layer link eligible for deletion: ${c}
`;

test("what the collector would delete", () => {
  expect(parseEligible(OUTPUT)).toEqual({
    ...{ marked: 2, blobs: new Set([b, c]), layers: [{ repository: "team/app", digest: c }] },
  });
});

test.each([
  ["nothing", ""],
  ["what is cut before its end", OUTPUT.slice(0, OUTPUT.indexOf("blob eligible for deletion: sha256:") + 20)],
  ["what is cut after a blob", OUTPUT.slice(0, OUTPUT.indexOf(c))],
  ["manifests, which it was not asked for", OUTPUT.replace("0 manifests", "1 manifests")],
])("%s is refused", (_name, output) => {
  expect(() => parseEligible(output)).toThrow("is not what this version knows");
});

/** A site whose `registry` is a script. */
function siteWith(name: string, script: string): LocalSite {
  mkdirSync(path(name, "bin"), { recursive: true });
  writeFileSync(path(name, "bin/registry"), `#!/bin/sh\n${script}\n`);
  chmodSync(path(name, "bin/registry"), 0o755);
  return new LocalSite(path(name, "state"), {}, { PATH: `${path(name, "bin")}:${process.env.PATH}` });
}

test("it is run beside the registry, to its end, and looked at until then", async () => {
  writeFileSync(path("output"), OUTPUT);
  const site = siteWith("good", `echo "$@" >&2; head -n 3 ${path("output")}; sleep 0.2; tail -n +4 ${path("output")}`);
  const lines: number[] = [];
  expect((await runDryRun(site, (count) => lines.push(count))).blobs).toEqual(new Set([b, c]));
  expect(lines).toContain(3);
  const log = await site.script('cat "$1"/gc/*/log', [site.path("")]);
  expect(log).toBe("garbage-collect --dry-run /etc/distribution/config.yml");
});

test.each([
  ["fails", "echo marking; echo 'failed to mark: S3' >&2; exit 1", /ended with exit code 1[\s\S]*failed to mark: S3/],
  ["is killed with what started it", "kill -9 $PPID; sleep 0.1", /ended with no result/],
])("one that %s is an error with its log", async (name, script, message) => {
  await expect(runDryRun(siteWith(name.slice(0, 5), script), () => {})).rejects.toThrow(message);
});

test("who has to stop does not wait for it", async () => {
  const stop = () => {
    throw new Error("stopped");
  };
  await expect(runDryRun(siteWith("slow", "sleep 5"), () => {}, stop)).rejects.toThrow("stopped");
});
