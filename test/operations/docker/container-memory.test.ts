import { expect, test } from "vitest";
import { used } from "../../../operations/docker/container-memory";

test.each([
  ["cgroup v1", { usage: 2_100, stats: { total_inactive_file: 1_178, inactive_file: 5, cache: 1_500 } }, 922],
  ["cgroup v2", { usage: 2_100, stats: { inactive_file: 1_178 } }, 922],
  ["no figures about the cache", { usage: 2_100 }, 2_100],
  ["more cache than use, as right after a start", { usage: 10, stats: { inactive_file: 20 } }, 10],
  ["nothing at all", {}, undefined],
])("%s", (_, figures, bytes) => expect(used(figures)).toBe(bytes));
