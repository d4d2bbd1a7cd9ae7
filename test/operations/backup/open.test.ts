import type Docker from "dockerode";
import { expect, test } from "vitest";
import { type Environment, parseEnvironment } from "../../../config";
import { type BackupOperation, openTarget } from "../../../operations/backup/open";
import { UNINTERRUPTED } from "../../../operations/interruption";

test("where the mirror lacks rclone's image, it is that image which is to be had elsewhere", async () => {
  const { environment } = parseEnvironment(
    "registry: { host: localhost }\nimages: { mirror: mirror.example.com/hub }\n",
    "lab.yaml",
  );
  const absent = (name: string) => Promise.reject(new Error(`manifest for ${name} not found: manifest unknown`));
  const client = { getImage: (name: string) => ({ inspect: () => absent(name) }), pull: absent } as unknown as Docker;
  const stage = () => ({ now() {}, line() {}, done() {}, failed() {} });
  const operation = {
    ...{ environment: environment as Environment, runtime: { client, host: "unix:///x" }, secrets: {} },
    ...{ variables: { HOME: "/" }, progress: { stage }, interruption: UNINTERRUPTED },
  } as unknown as BackupOperation;
  await expect(openTarget(operation, "/srv/backup", undefined)).rejects.toMatchObject({
    message: expect.stringContaining("mirror.example.com/hub/rclone/rclone@sha256:"),
    remedy: expect.stringMatching(/^fill the mirror with it, .*--image REFERENCE$/),
  });
});
