import { expect, test } from "vitest";
import { createdContainers, type ResourceChange } from "../../plan/plan-json";

test("containers that will be made, or made anew; no other object, and none that stays or goes", () => {
  const one = (address: string, ...actions: string[]): ResourceChange => {
    const [type = "", name = ""] = address.split(".");
    return { address, type, name, change: { actions, before: null, after: null } };
  };
  const created = [one("docker_container.a", "create"), one("docker_container.b", "delete", "create")];
  const others = [
    one("docker_container.c", "no-op"),
    one("docker_container.d", "delete"),
    one("docker_volume.a", "create"),
  ];
  expect(createdContainers({ resource_changes: [...others, ...created] })).toEqual(created);
  expect(createdContainers({})).toEqual([]);
});
