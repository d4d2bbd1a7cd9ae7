import { expect, test } from "vitest";
import { renderEvent } from "../../cli/render/audit";
import { createStyle } from "../../cli/render/style";
import { runProgram } from "./fake-context";

const time = "2026-11-27T08:59:52.914Z";

test("an event is a line to read, and nothing that a client says reaches the terminal as more than text", () => {
  const agent = "evil/1 \u001b[2J\u009b2J\u202e\nnext";
  const line = renderEvent(
    {
      time,
      action: "push",
      user: "alice",
      repository: "team/app",
      tag: "1",
      address: "203.0.113.9",
      forwarded: true,
      agent,
      result: "ok",
    },
    createStyle(false),
  );
  expect(line).toMatch(
    /^2026-11-27 08:59:52 {2}push {4}alice +team\/app:1 +203\.0\.113\.9\* +ok {2}evil\/1 \?\[2J\?2J\?\?next$/,
  );
});

test("a digest is shortened, and a mount says where from", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const line = renderEvent(
    { time, action: "mount", repository: "b", from: "c", digest, result: "ok" },
    createStyle(false),
  );
  expect(line).toMatch(/ b@sha256:a{12} from c /);
});

test("an action that there is none of is refused", async () => {
  const { error } = await runProgram("audit", "lab", "--action", "push,rename");
  expect(String(error)).toMatch(/must be of push, delete, mount, login, failed, pull/);
});
