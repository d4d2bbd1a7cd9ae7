import { describe, expect, test } from "vitest";
import { DistributionRegistry, DockerHost } from "../../../constructs";
import { goMemoryLimit, memoryForUploads } from "../../../constructs/values/upload-memory";
import { environmentOf, find, synthesize } from "../../support/synth";

describe("memoryForUploads", () => {
  test.each([
    [16, 32, 1216],
    [32, 32, 2368],
    [64, 32, 4672],
    [5, 1, 128],
    [0, 10_000, 128],
  ])("parts of %d MiB, %d uploads at once: %d MiB", (chunk, uploads, wanted) => {
    expect(memoryForUploads(chunk, uploads)).toBe(wanted);
  });

  test.each([
    [5, 1],
    [16, 32],
    [64, 100],
  ])("leaves Go's heap two parts for each upload: %d MiB, %d at once", (chunk, uploads) => {
    const heap = Number(goMemoryLimit(memoryForUploads(chunk, uploads)).replace("MiB", ""));
    expect(heap).toBeGreaterThanOrEqual(2 * chunk * uploads + 64);
    expect(heap).toBeLessThanOrEqual(0.9 * memoryForUploads(chunk, uploads));
  });
});

describe("DistributionRegistry", () => {
  const make = (options: object, storage: object = { s3: { bucket: "abc", region: "r", chunksize: 16 * 2 ** 20 } }) =>
    find(
      synthesize(
        (scope) =>
          void new DistributionRegistry(scope, "registry", {
            platform: new DockerHost(),
            name: "team",
            image: "registry:3",
            networks: [],
            configuration: { storage },
            ...options,
          }),
      ),
      "docker_container",
      "registry",
    );

  test.each([
    ["by default", {}, undefined, 1216],
    ["for fewer uploads", { uploadsAtOnce: 4 }, undefined, 256],
    ["as it is told", { memoryMb: 4096 }, undefined, 4096],
    ["for Distribution's own parts", {}, { s3: { bucket: "abc", region: "r" } }, 832],
    ["without S3", {}, { filesystem: {} }, 128],
  ])("gets its limit %s, and Go's heap 90 %% of it", (_, options, storage, memory) => {
    const container = make(options, storage);
    expect(container.memory).toBe(memory);
    expect(environmentOf(container).GOMEMLIMIT).toBe(`${Math.floor(memory * 0.9)}MiB`);
  });

  test.each([
    [
      "the default's uploads",
      { memoryMb: 1215 },
      "'memoryMb' must be 1216 or more for 32 uploads at once in parts of 16 MiB, got 1215",
    ],
    ["one upload", { memoryMb: 128, uploadsAtOnce: 2 }, "'memoryMb' must be 192 or more for 2 uploads at once"],
    ["anything", { memoryMb: 127 }, "'memoryMb' must be a whole number of MiB 128–"],
  ])("refuses a limit that does not hold %s", (_, options, message) => {
    expect(() => make(options)).toThrow(message);
  });

  test("refuses a heap limit beside its own", () => {
    expect(() => make({ environment: { GOMEMLIMIT: "1GiB" } })).toThrow(
      "'environment.GOMEMLIMIT' must be a variable's name, and none that the registry gets already",
    );
  });
});
