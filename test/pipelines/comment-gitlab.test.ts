import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { gitlabServer } from "./gitlab-server";
import { runScript } from "./scripts";

const NOTES = "projects/7/merge_requests/3/notes";

describe("pipelines/comment-gitlab.sh", () => {
  async function comment(existing: { id: number; body: string }[]) {
    const { calls, folder, variables } = await gitlabServer({ [NOTES]: [[{ id: 1, body: "LGTM" }], existing] });
    const file = join(folder, "production.md");
    writeFileSync(file, "<!-- private-registry review: production -->\n\nnew\n");
    const { code } = await runScript("comment-gitlab.sh", [file], folder, variables);
    const { method, url, body, token } = calls.at(-1) ?? { url: new URL("http://none"), body: "" };
    return { code, method, path: url.pathname, body, token };
  }

  test("writes a first note", async () => {
    const { body, ...rest } = await comment([]);
    expect(rest).toEqual({ code: 0, method: "POST", path: `/api/v4/${NOTES}`, token: "token" });
    expect(JSON.parse(body).body).toContain("new");
  });

  test("updates its own, wherever in the list it is", async () => {
    const mine = { id: 42, body: "<!-- private-registry review: production -->\n\nold" };
    expect(await comment([mine])).toMatchObject({ code: 0, method: "PUT", path: `/api/v4/${NOTES}/42` });
  });
});
