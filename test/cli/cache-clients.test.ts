import { afterEach, beforeEach, expect, test } from "vitest";
import { temporaryDirectory } from "../support/process";
import { writeFile } from "../support/registry-process";
import { runProgram } from "./fake-context";

const path = temporaryDirectory();
const home = process.cwd();
beforeEach(() => process.chdir(path()));
afterEach(() => process.chdir(home));

test("prints a file for each client, with where it belongs", async () => {
  writeFile(
    "environments/hub.yaml",
    "registry: { host: localhost, proxy: { remoteUrl: https://mirror.example.com } }\n",
  );
  const { out, error } = await runProgram("cache", "clients", "hub", "--upstream", "docker.io");
  expect(error).toBeUndefined();
  expect(out.match(/^## .*/gm)).toHaveLength(6);
  expect(out).toContain(
    '#  /etc/docker/daemon.json:\n\n{\n  "registry-mirrors": [\n    "http://127.0.0.1:5010"\n  ]\n}\n\n## containerd and Kubernetes nodes\n#  ',
  );
});

test("refuses a registry that takes pushes", async () => {
  writeFile("environments/hub.yaml", "registry: { host: localhost }\n");
  expect(String((await runProgram("cache", "clients", "hub")).error)).toContain("hub is no pull-through cache");
});
