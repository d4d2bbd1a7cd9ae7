import { expect, test } from "vitest";
import { repellingTaints, taintText, takesPod } from "../../../operations/kubernetes/nodes";

const DEDICATED = { key: "dedicated", value: "images", effect: "NoSchedule" };
const SPOT = { key: "spot", effect: "NoExecute" };

test.each([
  ["without taints", {}, {}, true],
  ["that is cordoned", { spec: { unschedulable: true } }, {}, false],
  ["with a taint", { spec: { taints: [DEDICATED] } }, {}, false],
  ["with a taint that only asks", { spec: { taints: [{ ...DEDICATED, effect: "PreferNoSchedule" }] } }, {}, true],
  ["with the label", { metadata: { labels: { disk: "ssd" } } }, { nodeSelector: { disk: "ssd" } }, true],
  ["with another label", { metadata: { labels: { disk: "hdd" } } }, { nodeSelector: { disk: "ssd" } }, false],
])("a node %s takes a pod or not", (_, node, placement, takes) => {
  expect(takesPod(node, placement)).toBe(takes);
});

test.each([
  ["its key and value", { key: "dedicated", operator: "Equal", value: "images" }, true],
  ["another value", { key: "dedicated", operator: "Equal", value: "logs" }, false],
  ["no value", { key: "dedicated" }, false],
  ["any value", { key: "dedicated", operator: "Exists" }, true],
  ["another key", { key: "spot", operator: "Exists" }, false],
  ["another effect", { key: "dedicated", operator: "Exists", effect: "NoExecute" }, false],
  ["its effect", { key: "dedicated", operator: "Exists", effect: "NoSchedule" }, true],
  ["everything", { operator: "Exists" }, true],
  // As Terraform has what is left out.
  ["empty texts", { key: "dedicated", operator: "Exists", value: "", effect: "" }, true],
])("a taint is tolerated by a pod that tolerates %s, or not", (_, toleration, is) => {
  expect(takesPod({ spec: { taints: [DEDICATED] } }, { tolerations: [toleration] })).toBe(is);
});

test("what keeps a pod away is told as kubectl takes it", () => {
  const node = { spec: { taints: [DEDICATED, SPOT] } };
  expect(repellingTaints(node, {}).map(taintText)).toEqual(["dedicated=images:NoSchedule", "spot:NoExecute"]);
  expect(repellingTaints(node, { tolerations: [{ key: "spot", operator: "Exists" }] })).toEqual([DEDICATED]);
});
