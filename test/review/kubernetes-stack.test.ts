import { App, Testing } from "cdktf";
import { expect, test } from "vitest";
import { parseEnvironment } from "../../config";
import { review } from "../../review";
import { RegistryStack } from "../../stacks";
import { makePlan } from "../support/fake-terraform/plan.mjs";

const FILE = `name: prod
kubernetes: { context: example, storage: { nodes: 4, sizeGb: 20 } }
registry:
  host: registry.example.com
  cache: { type: none }
  tls: { mode: none, reason: a laboratory behind a firewall without names }
storage: { rustfs: {} }
state: { backend: local }
`;
const NOTHING = { resources: [], outputs: {} };

test("no rule speaks of this project's own stack on Kubernetes", () => {
  const { environment } = parseEnvironment(FILE, "environments/prod.yaml");
  if (!environment) throw new Error("the file is not valid");
  const stack = new RegistryStack(new App({ stackTraces: false, outdir: "cdktf.out" }), environment);
  stack.prepareStack();
  const synthesized = Testing.synth(stack, true);
  const config = JSON.parse(synthesized);
  const given = Object.fromEntries(Object.keys(config.variable ?? {}).map((name) => [name, `x${name}-9f8e7d6c5b4a`]));
  const options = { destroy: false, targets: [], version: "1.11.4" };
  const plan = makePlan({ config, prior: NOTHING, current: NOTHING, given, ...options });
  for (const report of [review(synthesized), review(JSON.stringify(plan))]) {
    expect(report.problem).toBeUndefined();
    expect(report.findings).toEqual([]);
    expect(report.graph.nodes.map(({ label }) => label)).toContain("data-prod-rustfs-3");
  }
}, 120_000);
