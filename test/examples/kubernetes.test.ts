import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { parseEnvironment } from "../../config";
import { buildStack } from "../../stacks";

const FILES = ["on-docker", "on-kubernetes"].map((name) => `examples/kubernetes/${name}.yaml`);

test("the two environment files differ in the platform's section only", () => {
  const [host, cluster] = FILES.map((file) => parse(readFileSync(file, "utf8")));
  const { docker, ...onDocker } = host;
  const { kubernetes, ...onKubernetes } = cluster;
  expect([docker, kubernetes].every(Boolean)).toBe(true);
  expect(onKubernetes).toEqual(onDocker);
});

test.each(FILES)("%s is an environment, and becomes a stack", (file) => {
  const { environment, diagnostics } = parseEnvironment(readFileSync(file, "utf8"), file);
  expect(diagnostics).toEqual([]);
  if (environment) expect(buildStack(environment).environment.name).toBe("production");
});
