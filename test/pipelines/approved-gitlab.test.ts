import { describe, expect, test } from "vitest";
import { gitlabServer } from "./gitlab-server";
import { runScript } from "./scripts";

const [OLD, NEW] = ["a".repeat(64), "b".repeat(64)];
const MARKER = "<!-- private-registry review: prod -->";
const BOT = 11;
const note = (body: string, id = BOT) => ({ author: { id }, system: false, body });
const review = (print: string) => note(`${MARKER}\n<!-- fingerprint: ${print} -->\n\n### prod`);

type Pages = readonly (readonly object[])[];
const MERGED = [{ iid: 3, state: "merged" }];
const REQUESTS = "projects/7/repository/commits/c0ffee/merge_requests";
const NOTES = "projects/7/merge_requests/3/notes";

async function run(notes: Pages, requests: readonly object[] = MERGED) {
  const answers = { [REQUESTS]: [requests], user: [{ id: BOT }], [NOTES]: notes };
  const { calls, folder, variables } = await gitlabServer(answers);
  return { calls, ...(await runScript("approved-gitlab.sh", ["prod", "c0ffee"], folder, variables)) };
}

async function approved(...args: Parameters<typeof run>): Promise<string> {
  const { code, out, err } = await run(...args);
  expect(code, err).toBe(0);
  return out.trim();
}

describe("pipelines/approved-gitlab.sh", () => {
  test.each<[string, Pages, string]>([
    ["the review's", [[review(NEW)]], NEW],
    ["the review's on a later page", [[note("LGTM", 5)], [review(NEW)]], NEW],
    ["with line ends of another system", [[note(`${MARKER}\r\n<!-- fingerprint: ${NEW} -->\r\n`)]], NEW],
    ["none without a note", [[]], ""],
    ["none when the newest review failed", [[review(OLD), note(`${MARKER}\n\n### prod: ✗ not reviewed`)]], ""],
    ["the newest", [[review(OLD)], [review(NEW)]], NEW],
    ["none that a person wrote", [[{ ...review(NEW), author: { id: 5 } }]], ""],
    ["none that GitLab itself wrote", [[{ ...review(NEW), system: true }]], ""],
    ["none of another environment", [[note(review(NEW).body.replace("prod", "production"))]], ""],
    ["none in the text below", [[note(`${MARKER}\n\n<!-- fingerprint: ${NEW} -->\n`)]], ""],
    ["none that is no fingerprint", [[note(`${MARKER}\n<!-- fingerprint: undefined -->\n`)]], ""],
  ])("%s", async (_, notes, expected) => expect(await approved(notes)).toBe(expected));

  test.each([
    ["no merge request", []],
    ["one that is open", [{ iid: 3, state: "opened" }]],
  ])("none for %s", async (_, requests) => expect(await approved([[review(NEW)]], requests)).toBe(""));

  test("asks with its token only, and fails when GitLab refuses", async () => {
    const { calls } = await run([[review(NEW)]]);
    expect(new Set(calls.map(({ method, token }) => `${method} ${token}`))).toEqual(new Set(["GET token"]));
    const { folder, variables } = await gitlabServer({});
    const refused = await runScript("approved-gitlab.sh", ["prod", "c0ffee"], folder, variables);
    expect(refused).toMatchObject({ out: "", err: expect.stringContaining("answered HTTP 404") });
    expect(refused.code).not.toBe(0);
  });
});
