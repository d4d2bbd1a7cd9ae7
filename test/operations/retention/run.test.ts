import { expect, test } from "vitest";
import type { RegistryClient } from "../../../operations/registry/client";
import { removeTags } from "../../../operations/retention/run";

const going = ["v1", "v2", "v3"].map((name) => ({
  tag: { repository: "team/app", name, digest: `sha256:${name}`, pushed: 0, bytes: 1 },
  ...{ stays: false, reason: "" },
}));

function registry(answers: Record<string, { status: number; digest?: string }>) {
  const asked: string[] = [];
  const request = async (method: string, target: string) => {
    asked.push(`${method} ${target}`);
    const name = target.split("/").at(-1) ?? "";
    const { status, digest } = answers[`${method} ${name}`] ?? { status: method === "HEAD" ? 200 : 202 };
    return { status, headers: { "docker-content-digest": digest ?? `sha256:${name}` } };
  };
  return { asked, client: { request } as unknown as RegistryClient };
}

const plan = { going, staying: [], freedBytes: 0 };

test("tags are deleted by their names; one that was pushed anew stays, one that is gone is no error", async () => {
  const { asked, client } = registry({
    "HEAD v2": { status: 200, digest: "sha256:new" },
    "HEAD v3": { status: 404 },
    "DELETE v3": { status: 404 },
  });
  const { removed, moved } = await removeTags(client, plan, () => {});
  expect([removed, moved.map(({ name }) => name)]).toEqual([2, ["v2"]]);
  expect(asked.filter((one) => one.startsWith("DELETE"))).toEqual([
    "DELETE /v2/team/app/manifests/v1",
    "DELETE /v2/team/app/manifests/v3",
  ]);
});

test.each([
  [405, "refuses to delete"],
  [500, "team/app:v1 was not deleted: HTTP 500"],
])("an answer of %d ends it", async (status, message) => {
  await expect(removeTags(registry({ "DELETE v1": { status } }).client, plan, () => {})).rejects.toThrow(message);
});
