import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import type { DockerConnection } from "../../../operations/docker/docker";
import { HelperContainer } from "../../../operations/docker/helper-container";

/** An engine with one container. @param removing the answer to its removal */
function engine(removing: () => Promise<void>, wait: (options: object) => Promise<void>): DockerConnection {
  const container = { attach: async () => new PassThrough(), start: async () => {}, remove: removing, wait };
  return { client: { createContainer: async () => container } } as unknown as DockerConnection;
}

const SETTINGS = {
  environment: "lab",
  noun: "backup",
  image: "rclone",
  networks: ["a"],
  directories: {},
  files: {},
  variables: {},
};
const refuse = (statusCode: number) => () => Promise.reject(Object.assign(new Error(), { statusCode }));

test("close waits for an engine that removes the container by itself: the next one has its name", async () => {
  let gone = false;
  const wait = async (options: object) => {
    expect(options).toMatchObject({ condition: "removed" });
    await new Promise((resolve) => setTimeout(resolve, 20));
    gone = true;
  };
  const helper = await HelperContainer.start(engine(refuse(409), wait), SETTINGS);
  await helper.close();
  expect(gone).toBe(true);
});

test.each([
  ["it is gone already", refuse(404), refuse(500)],
  ["waiting fails", refuse(409), refuse(404)],
])("close ends when %s", async (_, removing, wait) => {
  const helper = await HelperContainer.start(engine(removing, wait), SETTINGS);
  await expect(helper.close()).resolves.toBeUndefined();
});
