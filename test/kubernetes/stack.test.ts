import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KUBERNETES_PROVIDER, NULL_PROVIDER } from "../../constructs/values/required-providers";
import type { V1Pod } from "../../operations/kubernetes/library";
import { isReady } from "../../operations/kubernetes/pod";
import { Machine } from "../e2e/cli-machine";
import { findTerraform, hasProviders } from "../e2e/support/needs";
import { ImageTraffic } from "../support/image-traffic";
import { eventually } from "../support/process";
import { describeUnless } from "../support/tools";
import { NO_CLUSTER, type TestNamespace, testNamespace } from "./cluster";
import { Load, type Outcome } from "./load";

const NAME = "lab";
const PORT = 30500;
const REGISTRIES = 2;
const SERVERS = 4;

/** How often a pod of each kind is killed while clients push; `KILLS=10` makes it twenty in all. */
const KILLS = Number(process.env.KILLS ?? 2);

type Noun = "registry" | "rustfs";

async function missingProviders(): Promise<string | undefined> {
  const terraform = findTerraform();
  if (!terraform) return "no terraform or tofu on PATH";
  const has = await hasProviders(terraform, { kubernetes: KUBERNETES_PROVIDER, null: NULL_PROVIDER });
  return has ? undefined : "no providers hashicorp/kubernetes ~> 3.2 and hashicorp/null ~> 3.2 that init finds";
}

describe("a whole registry, end to end", async () => {
  const missing = NO_CLUSTER ?? (await missingProviders());
  describeUnless(missing, "on a cluster", stackTests);
});

function stackTests(): void {
  let own: TestNamespace;
  let machine: Machine;
  let address: string;
  let user: { readonly name: string; readonly password: string };

  beforeAll(async () => {
    own = await testNamespace();
    const images = { distribution: "", rustfs: "" };
    machine = new Machine({ docker: { olderThan25: false }, terraform: findTerraform(), images });
    const { items } = await own.cluster.core.listNode();
    address = items[0]?.status?.addresses?.find(({ type }) => type === "InternalIP")?.address ?? "";
  });
  afterAll(async () => {
    await machine?.remove(NAME);
    await own?.remove();
  });

  function write({ replicas = REGISTRIES, registry = {}, rustfs = {} } = {}): void {
    machine.write(NAME, PORT, {
      ...{ images: undefined, docker: undefined },
      kubernetes: { ...own.settings, replicas, expose: { by: "node-port" }, storage: { sizeGb: 2 } },
      registry: {
        ...{ host: address, publish: { address: "all", port: PORT } },
        ...{ tls: { mode: "none", reason: "a test in a namespace that is removed" }, ...registry },
      },
      storage: { rustfs },
    });
  }

  const up = () => machine.expectCode(0, "up", NAME, "--yes");

  /** Without those that end what they have begun. */
  async function pods(noun: Noun): Promise<V1Pod[]> {
    const { core, namespace } = own.cluster;
    const labelSelector = `app.kubernetes.io/name=${NAME}-${noun}`;
    const { items } = await core.listNamespacedPod({ namespace, labelSelector });
    return items.filter(({ metadata }) => !metadata?.deletionTimestamp);
  }

  const until = (what: string, holds: () => Promise<boolean>) => eventually(what, holds, 300_000, 1_000);

  const whole = () =>
    until("every pod is ready", async () => {
      const ready = async (noun: Noun) => (await pods(noun)).filter(isReady).length;
      return (await ready("registry")) >= REGISTRIES && (await ready("rustfs")) === SERVERS;
    });

  const kill = ({ metadata }: V1Pod) =>
    own.cluster.core.deleteNamespacedPod({
      ...{ name: metadata?.name ?? "", namespace: own.settings.namespace, gracePeriodSeconds: 0 },
    });

  /** As `kubectl drain` does: a budget may refuse it for now. */
  const evict = (pod: V1Pod) =>
    until(`${pod.metadata?.name} is evicted`, async () => {
      const { name = "", namespace = "" } = pod.metadata ?? {};
      const body = { metadata: { name, namespace } };
      return own.cluster.core.createNamespacedPodEviction({ name, namespace, body }).then(
        () => true,
        (error) => {
          if (/\(404\)/.test(String(error))) return true;
          if (/\(429\)/.test(String(error))) return false;
          throw error;
        },
      );
    });

  /** What clients saw that pushed and pulled before something happened, meanwhile and afterwards; nothing of theirs is lost. */
  async function during(name: string, happens: () => Promise<unknown>): Promise<Outcome> {
    const load = new Load(`http://${address}:${PORT}`, user, name);
    const pushed = (count: number) => until("clients push", async () => load.count >= count);
    try {
      await pushed(3);
      await happens();
      await pushed(load.count + 3);
    } finally {
      await load.end();
    }
    const { outcome } = load;
    const { pushed: acknowledged, failedPushes, pulls, failedPulls } = outcome;
    const counts = `${acknowledged.length} pushes acknowledged, ${failedPushes.length} failed; ${pulls} pulls, ${failedPulls.length} failed`;
    console.info([`${name}: ${counts}`, ...failedPushes, ...failedPulls].join("\n  "));
    expect(await lost(outcome)).toEqual([]);
    return outcome;
  }

  /** What was acknowledged and cannot be pulled. */
  async function lost({ pushed }: Pick<Outcome, "pushed">): Promise<string[]> {
    const traffic = new ImageTraffic(`http://${address}:${PORT}`, user);
    const wrong: string[] = [];
    for (const repository of pushed)
      await traffic.pull(repository).catch((error) => wrong.push(`${repository}: ${error}`));
    traffic.close();
    return wrong;
  }

  test("up: from an empty namespace to a registry that is verified", async () => {
    write();
    expect(await up()).toMatch(/verify +\d+ passed, 0 failed/);
    const [name = "", password = ""] = (await machine.expectCode(0, "secrets", "show", NAME)).trim().split(" ");
    user = { name, password };
    expect(await machine.expectCode(0, "plan", NAME)).toContain("no changes");
    expect(await machine.expectCode(0, "status", NAME)).toMatch(/4 of 4 pods ready[\s\S]*drift +none/);
  }, 900_000);

  test.each<Noun>(["registry", "rustfs"])(
    "pods of %s are killed: nothing that was pushed is lost",
    async (noun) => {
      await during(`killed-${noun}`, async () => {
        for (let n = 0; n < KILLS; n += 1) {
          const [first] = (await pods(noun)).filter(isReady).toSorted(() => Math.random() - 0.5);
          if (first) await kill(first);
          await sleep(2_000);
          await whole();
        }
      });
    },
    1_800_000,
  );

  test("from one registry to four: no push and no pull fails", async () => {
    const scale = async (replicas: number) => {
      write({ replicas });
      await up();
      expect((await pods("registry")).filter(isReady)).toHaveLength(replicas);
    };
    await scale(1);
    expect(await during("scaled", () => scale(4))).toMatchObject({ failedPushes: [], failedPulls: [] });
    await scale(REGISTRIES);
  }, 1_800_000);

  test("every pod is evicted, one after the other: no pull fails", async () => {
    const { failedPulls } = await during("drained", async () => {
      for (const noun of ["registry", "rustfs"] as const) {
        for (const pod of await pods(noun)) {
          await evict(pod);
          await sleep(2_000);
        }
        await whole();
      }
    });
    expect(failedPulls).toEqual([]);
  }, 1_800_000);

  test("registries and servers are rolled by an up: no pull fails", async () => {
    write({ registry: { realm: "another" }, rustfs: { memoryMb: 2_900 } });
    const { failedPulls } = await during("rolled", up);
    expect(failedPulls).toEqual([]);
    expect(await machine.expectCode(0, "plan", NAME)).toContain("no changes");
  }, 1_800_000);

  test("servers and their claims are lost, one after the other: no pull fails, and up gives a new disk the registry's key", async () => {
    const { core, namespace } = own.cluster;
    const lose = async (server: number) => {
      const name = `${NAME}-rustfs-${server}`;
      const claim = `data-${name}`;
      const uid = async () =>
        (await core.readNamespacedPersistentVolumeClaim({ name: claim, namespace }).catch(() => undefined))?.metadata
          ?.uid;
      const before = await uid();
      const { failedPulls } = await during(`lost-${server}`, async () => {
        await core.deleteNamespacedPersistentVolumeClaim({ name: claim, namespace });
        await core.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 0 });
        await until("the claim is another", async () => ![undefined, before].includes(await uid()));
        await whole();
      });
      expect(failedPulls).toEqual([]);
      expect(await machine.expectCode(2, "status", NAME)).toContain(`${claim} is a new one`);
      await up();
      expect(await machine.expectCode(0, "plan", NAME)).toContain("no changes");
    };
    await lose(2);
    await lose(1);
  }, 1_800_000);

  test("down keeps the claims, and up brings the images back", async () => {
    const { pushed } = await during("kept", async () => {});
    await machine.expectCode(0, "down", NAME, "--confirm", NAME);
    const { core, namespace } = own.cluster;
    const claims = (await core.listNamespacedPersistentVolumeClaim({ namespace })).items.map(
      (one) => one.metadata?.name,
    );
    expect(claims.filter((one) => one?.startsWith("data-"))).toHaveLength(SERVERS);
    expect(await pods("rustfs")).toEqual([]);
    await up();
    expect(await lost({ pushed })).toEqual([]);
  }, 1_800_000);
}
