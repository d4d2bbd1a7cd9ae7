import { expect, test } from "vitest";
import { unexpanded } from "../../../constructs/platform/kubernetes-objects";
import { built, containerOf, objects } from "./kubernetes-stack";

test("Kubernetes replaces nothing in variables and arguments but the pod's own name", () => {
  expect(unexpanded("$(date) $(POD_NAME) $$ $x")).toBe("$$(date) $(POD_NAME) $$$ $x");
});

test("a script's own dollars reach it as they are written", () => {
  const { args } = containerOf(objects(built(), "deployment")["lab-registry"]);
  // Terraform reads `$${` as `${`, Kubernetes `$$` as `$`.
  expect(args[2]).toContain('serve.sh "$@"');
  expect(JSON.stringify(containerOf(objects(built(), "stateful_set")["lab-rustfs"]).env)).toContain("$(POD_NAME)");
});
