import { mkdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { examine } from "../../operations/doctor";
import { atLeast } from "../../operations/doctor-docker";
import { findProvider } from "../../operations/provider-search";
import { inFolder } from "./in-folder";

test.each([
  ["1.11.4", "1.4", true],
  ["1.3.9", "1.4", false],
  ["1.4", "1.4", true],
  ["20.19.0", "20.19", true],
  ["20.18.3", "20.19", false],
  ["22.1.0", "20.19", true],
  ["1.10.0-beta1", "1.10", true],
  ["1.41", "1.41", true],
])("%s is at least %s: %s", (version, wanted, is) => expect(atLeast(version, wanted)).toBe(is));

describe("findProvider", () => {
  inFolder();
  const HOST = "registry.invalid";

  test.each([
    ["~/.terraform.d/plugins", "home/.terraform.d/plugins", {}],
    ["the plugin cache", "cache", { TF_PLUGIN_CACHE_DIR: "cache" }],
    ["what the environment has installed", "stack/.terraform/providers", {}],
  ])("in %s", async (_, folder, variables) => {
    mkdirSync(`${folder}/${HOST}/kreuzwerker/docker/4.5.0`, { recursive: true });
    expect(await findProvider(HOST, "stack", { HOME: "home", ...variables })).toEqual({ found: folder });
  });

  test("not one that is too old, and not on a network that is not there", async () => {
    mkdirSync(`home/.terraform.d/plugins/${HOST}/kreuzwerker/docker/4.4.0`, { recursive: true });
    mkdirSync(`home/.terraform.d/plugins/${HOST}/kreuzwerker/docker/3.6.2`, { recursive: true });
    expect(await findProvider(HOST, undefined, { HOME: "home" })).toMatchObject({
      missing: expect.stringMatching(HOST),
    });
  });
});

describe("examine", () => {
  inFolder();

  test("says what is missing, and what to do", async () => {
    const checks = await examine({ variables: { PATH: "", HOME: "home" }, nodeVersion: "18.0.0" });
    const failed = checks.filter(({ status }) => status === "failed");
    expect(failed.map(({ id }) => id)).toEqual(expect.arrayContaining(["node", "terraform"]));
    for (const { remedy } of failed) expect(remedy).toBeTruthy();
  });
});
