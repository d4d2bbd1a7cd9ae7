import { expect, test } from "vitest";
import { built, type Json, objects, workloads } from "./kubernetes-stack";

const stack = built();
const policies = objects(stack, "network_policy");
const member = (network: string) => ({ [`dev.private-registry.network/${network}`]: "true" });

test("every pod is on a network, and every network's policy is about its pods", () => {
  for (const network of ["lab-edge", "lab-storage"])
    expect(policies[network].spec.pod_selector).toEqual({ match_labels: member(network) });
  const on = Object.fromEntries(
    workloads(stack).map(({ metadata, spec }) => [
      metadata.name,
      Object.keys(spec.template.metadata.labels)
        .filter((label) => label.startsWith("dev.private-registry.network/"))
        .map((label) => label.slice(label.indexOf("/") + 1))
        .sort(),
    ]),
  );
  expect(on).toEqual({
    "lab-registry": ["lab-edge", "lab-storage"],
    "lab-purger": ["lab-edge", "lab-storage"],
    "lab-rustfs": ["lab-storage"],
    "lab-bucket-init": ["lab-storage"],
  });
});

test("pods on the edge go out, and those of the storage do not: nobody comes in by a network alone", () => {
  expect(policies["lab-edge"].spec.egress).toEqual([{}]);
  for (const network of ["lab-edge", "lab-storage"]) {
    expect(policies[network].spec.policy_types).toEqual(["Ingress", "Egress"]);
    expect(policies[network].spec.ingress).toBeUndefined();
  }
  const [members, names, ...others] = policies["lab-storage"].spec.egress;
  expect(others).toEqual([]);
  expect(members).toEqual({ to: [{ pod_selector: { match_labels: member("lab-storage") } }] });
  expect(names.ports.map(({ protocol }: Json) => protocol).sort()).toEqual(["TCP", "UDP"]);
});

test("a service's policy is about its own pods, and about who comes in only", () => {
  for (const name of ["lab-registry", "lab-rustfs", "lab-purger"]) {
    expect(policies[name].spec.pod_selector).toEqual({ match_labels: { "app.kubernetes.io/name": name } });
    expect(policies[name].spec.policy_types).toEqual(["Ingress"]);
  }
  expect(policies["lab-purger"].spec.ingress).toEqual([]);
});
