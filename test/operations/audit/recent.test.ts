import { expect, test } from "vitest";
import { RecentEvents } from "../../../operations/audit/recent";

test("an event is known for two minutes of events, so that memory does not grow with the log", () => {
  const recent = new RecentEvents();
  expect(recent.since).toBeUndefined();
  expect(recent.add({ time: "2026-11-27T00:00:00Z" }, "a")).toBe(true);
  expect(recent.add({ time: "2026-11-27T00:01:59Z" }, "b")).toBe(true);
  expect(recent.add({ time: "2026-11-27T00:00:00Z" }, "a")).toBe(false);
  expect(recent.since).toBe(Date.parse("2026-11-27T00:00:59Z") / 1000);
  expect(recent.add({ time: "2026-11-27T00:02:00Z" }, "c")).toBe(true);
  expect(recent.add({ time: "2026-11-27T00:00:00Z" }, "a")).toBe(true);
});
