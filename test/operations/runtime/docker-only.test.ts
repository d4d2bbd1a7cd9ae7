import { expect, test } from "vitest";
import { requireEngine } from "../../../operations/runtime/docker-only";
import { environment, minimal } from "../../config/support";

const lab = (platform: string) => environment(minimal("", `${platform}\n`), "environments/lab.yaml");

test.each([
  ["upgrade", /write the new images into environments\/lab\.yaml, look at .*plan lab, then .*up lab/],
  ["audit", /logs lab shows all pods' logs/],
  ["bundle load", /bundle push.*images\.mirror/],
] as const)("%s is refused on a cluster, with what there is in its place", (doing, instead) => {
  expect(() => requireEngine(lab("kubernetes: { context: c }"), doing)).toThrow(
    expect.objectContaining({
      message: expect.stringContaining(`lab runs on Kubernetes, and ${doing} is for Docker Engines: it `),
      remedy: expect.stringMatching(instead),
    }),
  );
  expect(requireEngine(lab("docker: { host: ssh://a.example.com }"), doing).host).toBe("ssh://a.example.com");
});
