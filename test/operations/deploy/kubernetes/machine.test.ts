import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type FakeMachine, machines } from "../../../support/fake-machine";

const { fresh, deployed } = machines();

const onKubernetes = true;
const CLAIMS = [0, 1, 2, 3].map((n) => `data-lab-rustfs-${n}`);
const ADDRESSES = CLAIMS.map((_, n) => `kubernetes_persistent_volume_claim_v1.rustfs_data_${n}`);

const names = (lab: FakeMachine, collection: string) =>
  [...lab.cluster.objects.keys()]
    .flatMap((path) => new RegExp(`/namespaces/lab/${collection}/(.*)$`).exec(path)?.[1] ?? [])
    .sort();
const claims = (lab: FakeMachine) => names(lab, "persistentvolumeclaims");
const requests = (lab: FakeMachine, pattern: RegExp) => lab.cluster.requests.filter((one) => pattern.test(one));
/** What changed something, or was asked of Terraform beyond looking. */
function untouched(lab: FakeMachine): void {
  expect(requests(lab, /^(POST|PUT|PATCH|DELETE) (?!.*selfsubjectaccessreviews)/)).toEqual([]);
  expect(lab.calls("apply").concat(lab.calls("import"))).toEqual([]);
}
const taken = (lab: FakeMachine) => lab.calls("import").map(({ args }) => args.slice(-2));

describe("up", () => {
  test("goes from nothing to a verified registry, and finds nothing to do the second time", async () => {
    const lab = await fresh({ onKubernetes });
    const { code, err, out } = await lab.must("up", "lab", "--yes");
    expect(err).toMatch(/connect +Kubernetes v1\.36\.3, context fake, namespace lab/);
    expect(err).toMatch(/apply +29 done/);
    expect(err).toMatch(/verify +\d+ passed, 0 failed/);
    expect(code).toBeUndefined();
    expect(out).toContain(`docker login localhost:${lab.port}`);
    expect(names(lab, "deployments")).toEqual(["lab-purger", "lab-registry"]);
    expect(claims(lab)).toEqual(CLAIMS);

    expect((await lab.must("up", "lab", "--yes")).code).toBeUndefined();
    expect(lab.calls("apply")).toHaveLength(1);
  });

  test("gives Terraform the cluster that it asks itself", async () => {
    const lab = await deployed({ onKubernetes });
    await lab.must("plan", "lab");
    expect(lab.calls("plan").map(({ variables }) => variables.KUBE_CONFIG_PATH)).toEqual([lab.variables.KUBECONFIG]);
  });

  test("changes what is there where it is: no claim, and nothing of RustFS, is made anew", async () => {
    const lab = await deployed({ onKubernetes });
    lab.registry.readOnly = true;
    lab.writeEnvironment({ registry: { readOnly: true } });
    const { err } = await lab.must("up", "lab", "--yes");
    expect(err).toMatch(/secret_v1\.distribution_secrets changed/);
    expect(requests(lab, /^(POST|PUT|DELETE) .*(persistentvolumeclaims|statefulsets)/)).toEqual([]);
  });

  test("asks before it changes anything", async () => {
    const lab = await deployed({ onKubernetes });
    lab.writeEnvironment({ registry: { readOnly: true } });
    const { error } = await lab.run("up", "lab");
    expect(error).toMatchObject({ remedy: "pass --yes" });
    untouched(lab);
  });

  test("a namespace that is not there is said before anything else", async () => {
    const lab = await deployed({ onKubernetes });
    lab.writeEnvironment({ kubernetes: { namespace: "other" } });
    const { error } = await lab.run("up", "lab", "--yes");
    expect(error).toMatchObject({ message: "There is no namespace other in the cluster of context fake" });
    expect(lab.calls()).toEqual([]);
  });

  test("a Service of our name that is somebody else's is left alone", async () => {
    const lab = await fresh({ onKubernetes });
    await lab.must("secrets", "init", "lab");
    lab.cluster.put("/api/v1/namespaces/lab/services", { metadata: { name: "registry" } });
    const { error } = await lab.run("up", "lab", "--yes");
    expect(error).toMatchObject({
      message: expect.stringContaining("A Service called registry exists in namespace lab and is not lab's"),
    });
    untouched(lab);
  });

  test("secrets that are lost are not made anew over what exists", async () => {
    const lab = await deployed({ onKubernetes });
    const { rustfs_root_secret_key: _, ...others } = lab.secrets();
    writeFileSync(lab.path("secrets/lab.tfvars.json"), JSON.stringify(others));
    const { error } = await lab.run("up", "lab", "--yes");
    expect(error).toMatchObject({ message: expect.stringMatching(/^lab exists .*Deployment lab-registry/) });
    untouched(lab);
  });

  test("ends when a pod cannot come up, and says why", async () => {
    const lab = await deployed({ onKubernetes });
    lab.script({ apply: { waitAt: "kubernetes_deployment_v1.distribution" } });
    lab.writeEnvironment({ kubernetes: { replicas: 3 } });
    const running = lab.run("up", "lab", "--yes");
    const sign = lab.path("waits-kubernetes_deployment_v1.distribution");
    for (let n = 0; n < 400 && !existsSync(sign); n += 1) await sleep(50);
    expect(existsSync(sign)).toBe(true);
    // As the Deployment's controller would make it.
    await sleep(500);
    const pods = "/api/v1/namespaces/lab/pods";
    const old = lab.cluster.objects.get(`${pods}/lab-registry-0`) as { metadata: object; status: object } & object;
    const status = {
      phase: "Running",
      conditions: [{ type: "Ready", status: "False" }],
      containerStatuses: [
        {
          ...{ name: "distribution", image: "x", ready: false, restartCount: 4 },
          state: { running: {} },
          lastState: { terminated: { exitCode: 2, reason: "Error" } },
        },
      ],
    };
    const { uid: _, ...metadata } = old.metadata as { uid?: string };
    lab.cluster.put(pods, { ...old, metadata: { ...metadata, name: "lab-registry-9" }, status } as never);
    lab.cluster.previousLogs.set("lab-registry-9", ["2026-01-01T00:00:00Z panic: no such key"]);
    const { error } = await running;
    expect(error).toMatchObject({
      message: expect.stringMatching(
        /lab-registry does not come up: pod lab-registry-9: it ends again and again, with exit code 2/,
      ),
      remedy: expect.stringContaining("logs lab registry --no-follow"),
    });
  });
});

describe("an apply that was killed", () => {
  async function killed(lab: FakeMachine, address: string): Promise<void> {
    lab.script({ apply: { killAt: address } });
    const { error } = await lab.run("up", "lab", "--yes");
    expect(error).toMatchObject({ message: expect.stringMatching(/^Terraform was killed during apply/) });
    lab.script({});
  }

  test("at a claim: the next up takes it over, with what is in it", async () => {
    const lab = await fresh({ onKubernetes });
    await killed(lab, ADDRESSES[1] ?? "");
    expect(claims(lab)).toEqual(CLAIMS.slice(0, 2));
    const { err } = await lab.must("up", "lab", "--yes");
    expect(err).toMatch(/PersistentVolumeClaim data-lab-rustfs-1: left by an apply that was killed; taken over/);
    expect(taken(lab)).toEqual([[ADDRESSES[1], "lab/data-lab-rustfs-1"]]);
    // Each was made once, and none was removed.
    expect(requests(lab, /^POST .*\/persistentvolumeclaims$/)).toHaveLength(4);
    expect(requests(lab, /^DELETE .*\/persistentvolumeclaims/)).toEqual([]);
    expect(lab.state()).toEqual(expect.arrayContaining(ADDRESSES));
  });

  test("at a Deployment: the next up removes it, and makes it again", async () => {
    const lab = await fresh({ onKubernetes });
    await killed(lab, "kubernetes_deployment_v1.distribution");
    const { code, err } = await lab.must("up", "lab", "--yes");
    expect(err).toMatch(/Deployment lab-registry: left by an apply that was killed; it holds no data and is removed/);
    expect(requests(lab, /^DELETE/)).toEqual(["DELETE /apis/apps/v1/namespaces/lab/deployments/lab-registry"]);
    expect(taken(lab)).toEqual([]);
    expect(code).toBeUndefined();
  });

  test("down takes it away, and keeps the claims", async () => {
    const lab = await fresh({ onKubernetes });
    await killed(lab, "kubernetes_deployment_v1.distribution");
    await lab.must("down", "lab", "--confirm", "lab");
    expect(names(lab, "(deployments|statefulsets|services|secrets)")).toEqual([]);
    expect(claims(lab)).toEqual(CLAIMS);
  });

  test("a claim that nobody knows is taken over when a person says whose it is", async () => {
    const lab = await fresh({ onKubernetes });
    await lab.must("secrets", "init", "lab");
    lab.cluster.put("/api/v1/namespaces/lab/persistentvolumeclaims", { metadata: { name: "data-lab-rustfs-2" } });
    const { error } = await lab.run("up", "lab", "--yes");
    expect(error).toMatchObject({ remedy: expect.stringContaining("up lab --adopt data-lab-rustfs-2") });
    untouched(lab);
    await lab.must("up", "lab", "--yes", "--adopt", "data-lab-rustfs-2");
    expect(taken(lab)).toEqual([[ADDRESSES[2], "lab/data-lab-rustfs-2"]]);
  });
});

describe("down", () => {
  test("keeps the claims, which the next up finds", async () => {
    const lab = await deployed({ onKubernetes });
    const { code, err } = await lab.must("down", "lab", "--confirm", "lab");
    expect(code).toBeUndefined();
    for (const claim of CLAIMS) expect(err).toMatch(new RegExp(`stays: .*PersistentVolumeClaim ${claim}`, "s"));
    expect(claims(lab)).toEqual(CLAIMS);
    expect(names(lab, "(deployments|statefulsets|services|secrets|configmaps|jobs|pods)")).toEqual([]);
    expect(lab.state().filter((one) => one.startsWith("kubernetes_"))).toEqual(ADDRESSES);
    await lab.must("up", "lab", "--yes");
    expect(requests(lab, /^(POST|PUT|DELETE) .*\/persistentvolumeclaims/)).toEqual([]);
  });

  test.each([
    ["Delete", /data-lab-rustfs-0: its disk goes, too, as its reclaim policy is Delete/],
    ["Retain", /data-lab-rustfs-0: its disk stays, as its reclaim policy is Retain: PersistentVolume disk-of-data-/],
  ])("--delete-data says what becomes of the disks (%s), and asks", async (persistentVolumeReclaimPolicy, said) => {
    const lab = await deployed({ onKubernetes });
    const spec = { persistentVolumeReclaimPolicy };
    lab.cluster.put("/api/v1/persistentvolumes", { metadata: { name: "disk-of-data-lab-rustfs-0" }, spec });
    const { err, error } = await lab.run("down", "lab", "--delete-data");
    expect(err).toMatch(/goes, with everything in it: .*data-lab-rustfs-0/s);
    expect(err).toMatch(said);
    expect(error).toMatchObject({ remedy: "pass --confirm lab" });
    untouched(lab);
  });

  test("--delete-data destroys the claims, and leaves the stack's own protection as it is", async () => {
    const lab = await deployed({ onKubernetes });
    await lab.must("down", "lab", "--delete-data", "--confirm", "lab");
    expect(claims(lab)).toEqual([]);
    expect(lab.state()).toEqual([]);
    const { resource } = JSON.parse(readFileSync(lab.path("cdktf.out/stacks/lab/cdk.tf.json"), "utf8"));
    for (const one of Object.values(resource.kubernetes_persistent_volume_claim_v1) as { lifecycle: object }[])
      expect(one.lifecycle).toEqual({ prevent_destroy: true });
  });

  test("stops at a plan that would destroy a claim", async () => {
    const lab = await deployed({ onKubernetes });
    lab.script({ plan: { forgetsTargets: true } });
    const { error } = await lab.run("down", "lab", "--confirm", "lab");
    expect(error).toMatchObject({ message: expect.stringContaining("kubernetes_persistent_volume_claim_v1.") });
    untouched(lab);
  });
});

describe("what is for Docker Engines only is refused before anything is asked", () => {
  test.each([
    [["upgrade", "lab"], /^lab runs on Kubernetes, and upgrade is for Docker Engines/, /plan lab.*up lab/s],
    [["audit", "lab"], /^lab runs on Kubernetes, and audit is for Docker Engines/, /logs lab/],
  ])("%s", async (args, message, remedy) => {
    const lab = await deployed({ onKubernetes });
    const { error } = await lab.run(...args);
    expect(error).toMatchObject({
      name: "Failure",
      message: expect.stringMatching(message),
      remedy: expect.stringMatching(remedy),
    });
    expect(lab.cluster.requests).toEqual([]);
    expect(lab.calls()).toEqual([]);
  });
});
