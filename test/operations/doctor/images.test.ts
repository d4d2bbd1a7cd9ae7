import type Docker from "dockerode";
import { describe, expect, test } from "vitest";
import { type Environment, parseEnvironment } from "../../../config";
import { checkImages } from "../../../operations/doctor/images";

const environment = parseEnvironment(
  "registry: { host: localhost }\nimages: { mirror: mirror.example.com/hub }\n",
  "lab.yaml",
).environment as Environment;

/** An engine with none of the images. @param answer what a registry says of an image, by its repository */
function engine(answer: (name: string) => Promise<unknown>) {
  const asked: string[] = [];
  const getImage = (name: string) => ({
    inspect: () => Promise.reject(new Error("no such image")),
    distribution: () => {
      asked.push(name);
      return answer(name);
    },
  });
  return { asked, docker: { client: { getImage } as unknown as Docker } };
}

const check = (docker: { client: Docker }, limitMs?: number) =>
  checkImages(docker, environment, { HOME: "/" }, limitMs);

test("where backups are scheduled, the image that copies is asked for, too", async () => {
  const { asked, docker } = engine(() => Promise.resolve({}));
  const backup = { target: "/srv/backup", keep: 3 };
  await checkImages(docker, { ...environment, backup } as Environment, { HOME: "/" });
  expect(asked).toHaveLength(3);
  expect(asked).toContainEqual(expect.stringMatching(/^mirror\.example\.com\/hub\/rclone\/rclone@sha256:/));
});

describe("images that are not on the host", () => {
  test("the mirror is asked for each of them by its digest", async () => {
    const { asked, docker } = engine(() => Promise.resolve({}));
    expect(await check(docker)).toMatchObject({ status: "passed", detail: expect.stringContaining("has them") });
    expect(asked).toEqual([
      expect.stringMatching(/^mirror\.example\.com\/hub\/library\/registry@sha256:[0-9a-f]{64}$/),
      expect.stringMatching(/^mirror\.example\.com\/hub\/rustfs\/rustfs@sha256:[0-9a-f]{64}$/),
    ]);
  });

  test("one that the mirror lacks fails the check, and is named with its digest", async () => {
    const { docker } = engine((name) =>
      name.includes("rustfs")
        ? Promise.reject(new Error("(HTTP code 404) unexpected - manifest unknown "))
        : Promise.resolve({}),
    );
    const { status, detail, remedy } = await check(docker);
    expect(status).toBe("failed");
    expect(detail).toMatch(
      /^mirror\.example\.com\/hub\/rustfs\/rustfs:1\.0\.1@sha256:[0-9a-f]{64} is not there: manifest unknown$/,
    );
    expect(remedy).toContain("fill the mirror");
  });

  test("a website that answers 404 in a mirror's place does not have it either", async () => {
    const { docker } = engine(() =>
      Promise.reject(new Error('error parsing HTTP 404 response body: no error details found: "{}"')),
    );
    expect(await check(docker)).toMatchObject({ status: "failed", remedy: expect.stringContaining("another one") });
  });

  test("a mirror that cannot be reached is no proof that it lacks something", async () => {
    const { docker } = engine(() => Promise.reject(new Error("dial tcp: connection refused")));
    expect(await check(docker)).toMatchObject({
      status: "warning",
      detail: expect.stringMatching(/hub\/library\/registry:\S+ could not be asked for: dial tcp: connection refused/),
    });
  });

  test("one that never answers is waited for no longer than the limit", async () => {
    const { docker } = engine(() => new Promise(() => {}));
    expect(await check(docker, 50)).toMatchObject({
      status: "warning",
      detail: expect.stringContaining("no answer within 0.05 s"),
    });
  });
});
