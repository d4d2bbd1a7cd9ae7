import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { isSameLocalState, rescueState, strandedStates } from "../../../operations/terraform/build-folder";
import { inFolder } from "../in-folder";

inFolder();
const STACK = "cdktf.out/stacks/lab";
const write = (file: string, content: unknown) => {
  mkdirSync(dirname(`${STACK}/${file}`), { recursive: true });
  writeFileSync(`${STACK}/${file}`, JSON.stringify(content));
};

describe("changed settings of the backend are taken without a question", () => {
  const remembered = (type: string, config: object) =>
    write(".terraform/terraform.tfstate", { backend: { type, config } });
  const written = (backend: object) => write("cdk.tf.json", { terraform: { backend } });

  test("when the state is the same local file", () => {
    remembered("local", { path: "../../../state/lab.tfstate", workspace_dir: null });
    written({ local: { path: "../../../state/lab.tfstate", workspace_dir: "../../../state/lab.workspaces" } });
    expect(isSameLocalState(STACK)).toBe(true);
  });

  test.each<[string, [string, object] | undefined, object]>([
    ["nothing changed", ["local", { path: "a", workspace_dir: "w" }], { local: { path: "a", workspace_dir: "w" } }],
    ["another file", ["local", { path: "a", workspace_dir: null }], { local: { path: "b", workspace_dir: "w" } }],
    ["a file became a bucket", ["local", { path: "a" }], { s3: { key: "a" } }],
    ["a bucket became a file", ["s3", { path: "a" }], { local: { path: "a", workspace_dir: "w" } }],
    ["never initialized", undefined, { local: { path: "a", workspace_dir: "w" } }],
  ])("not when %s", (_, before, now) => {
    if (before) remembered(...before);
    written(now);
    expect(isSameLocalState(STACK)).toBe(false);
  });
});

test("states in the build folder are found; what Terraform remembers of its backend is none", () => {
  expect(strandedStates(STACK)).toEqual([]);
  write(".terraform/terraform.tfstate", {});
  expect(strandedStates(STACK)).toEqual([]);
  write("terraform.tfstate.d/prod/terraform.tfstate", {});
  write("errored.tfstate", {});
  expect(strandedStates(STACK)).toEqual([
    `${STACK}/errored.tfstate`,
    `${STACK}/terraform.tfstate.d/prod/terraform.tfstate`,
  ]);
});

test("a state that could not be written is taken out of the build folder, for its owner only", () => {
  expect(rescueState("lab", STACK, new Date(0))).toBeUndefined();
  write("errored.tfstate", { serial: 7 });
  const safe = rescueState("lab", STACK, new Date(0)) as string;
  expect(safe).toBe(".private-registry/lab/errored-1970-01-01T00-00-00-000Z.tfstate");
  expect(JSON.parse(readFileSync(safe, "utf8"))).toEqual({ serial: 7 });
  expect(statSync(dirname(safe)).mode & 0o077).toBe(0);
  expect(readFileSync(".private-registry/.gitignore", "utf8")).toBe("*\n");
  expect(existsSync(`${STACK}/errored.tfstate`)).toBe(false);
});
