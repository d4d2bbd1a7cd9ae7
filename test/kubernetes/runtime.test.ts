import { afterAll, beforeAll, expect, test } from "vitest";
import { IMAGES } from "../../constructs/images";
import { checkKubernetes } from "../../operations/doctor/kubernetes";
import { connectKubernetes } from "../../operations/kubernetes/connection";
import { forwardPort } from "../../operations/kubernetes/port-forward";
import { Checks } from "../../operations/verify/check";
import { restrictedProblems } from "../../operations/verify/restricted";
import { freePort } from "../support/process";
import { describeUnless } from "../support/tools";
import { kubeconfigWith, NO_CLUSTER, type TestNamespace, testNamespace, until } from "./cluster";

/** Has BusyBox's sh, nc and wget; nothing else of it is used here. */
const IMAGE = IMAGES.distribution.reference;

/** Echoes on port 5000, writes a line a second, and ends when it is told to. */
const SERVE = `
trap 'echo asked to stop; exit 0' TERM
# Some versions of BusyBox have -ll, some -lk.
(nc -ll -p 5000 -e cat || nc -lk -p 5000 -e cat) 2>/dev/null &
echo started
n=0
while :; do n=$((n + 1)); echo "tick $n"; sleep 1 & wait $!; done`;

const labelsOf = (noun: string) => ({
  "app.kubernetes.io/instance": "lab",
  "app.kubernetes.io/component": noun,
});

interface Made {
  readonly replicas?: number;
  readonly script?: string;
  readonly container?: object;
  readonly pod?: object;
}

describeUnless(NO_CLUSTER, "a namespace as a runtime", () => {
  let own: TestNamespace;
  beforeAll(async () => {
    own = await testNamespace();
    await deploy("registry", { replicas: 2 });
    const ports = [{ port: 5000, targetPort: 5000 }];
    const body = { metadata: { name: "registry" }, spec: { selector: labelsOf("registry"), ports } };
    await own.cluster.core.createNamespacedService({ namespace: own.settings.namespace, body });
    await until(async () => (await own.cluster.find("lab-registry"))?.health?.status === "healthy");
  });
  afterAll(() => own?.remove());

  async function deploy(noun: string, { replicas = 1, script = SERVE, container, pod }: Made): Promise<void> {
    const labels = labelsOf(noun);
    const spec = {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 5,
      securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          ...{ name: noun, image: IMAGE, imagePullPolicy: "IfNotPresent", command: ["sh", "-c", script] },
          env: [{ name: "LEVEL", value: "info" }],
          readinessProbe: { exec: { command: ["true"] }, periodSeconds: 1 },
          resources: { limits: { memory: "64Mi" }, requests: { cpu: "10m", memory: "16Mi" } },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
          ...container,
        },
      ],
      ...pod,
    };
    const body = {
      metadata: { name: `lab-${noun}`, labels },
      spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    };
    await own.cluster.apps.createNamespacedDeployment({ namespace: own.settings.namespace, body });
  }

  test("what runs", async () => {
    const { cluster } = own;
    expect(await cluster.names()).toContain("lab-registry");
    const found = await cluster.find("lab-registry");
    expect(found).toMatchObject({
      ...{ status: "running", isRunning: true, restarts: 0, image: IMAGE },
      environment: { LEVEL: "info" },
      pods: { ready: 2, wanted: 2, unready: [] },
      healthCommand: ["true"],
    });
    expect(await found?.death()).toBeUndefined();
    expect(await cluster.find("lab-ui")).toBeUndefined();
    const pods = await cluster.core.listNamespacedPod({ namespace: cluster.namespace });
    expect(pods.items.flatMap(restrictedProblems)).toEqual([]);
  });

  test("programs with and without input, scripts, files, and a limit", async () => {
    const { cluster } = own;
    const large = "x".repeat(200_000);
    expect(
      await cluster.run("lab-registry", ["sh", "-c", "read -r line; echo $line; echo no >&2; exit 3"], "ü & secret"),
    ).toEqual({
      stdout: "ü & secret\n",
      stderr: "no\n",
    });
    expect(await cluster.script("lab-registry", 'head -c "$1" /dev/zero | tr "\\0" x', ["200000"])).toBe(large);
    await expect(cluster.script("lab-registry", "echo oh; exit 3")).rejects.toThrow(/ended with 3: oh/);
    await expect(cluster.run("lab-registry", ["nobody-has-this"])).rejects.toThrow(
      "nobody-has-this could not be run in pod",
    );
    expect(await cluster.readFile("lab-registry", "/etc/hostname")).toMatch(/^lab-registry-/);
    await expect(cluster.readFile("lab-registry", "/nowhere")).rejects.toThrow(/nowhere/);
    await expect(cluster.run("lab-registry", ["sleep", "30"], undefined, 1_000)).rejects.toThrow(/within 1 s/);
    const [first = "", second = ""] = await cluster.instances("lab-registry");
    expect([await cluster.script(first, "hostname"), await cluster.script(second, "hostname")]).toEqual([
      `${first}\n`,
      `${second}\n`,
    ]);
  });

  test("logs of both pods by time, a part of them, and what comes", async () => {
    const { cluster } = own;
    const read = async (options: object) => {
      const lines: string[] = [];
      await cluster.logs("lab-registry", { follow: false, ...options }, (line) => lines.push(line));
      return lines;
    };
    expect((await read({})).filter((line) => line === "started")).toHaveLength(2);
    const stamped = await read({ timestamps: true, names: true, tail: 3 });
    expect(stamped).toHaveLength(6);
    const times = stamped.map((line) => line.split(" ")[1] ?? "");
    expect(times).toEqual(times.toSorted());
    const [now] = [Date.now() / 1000];
    for (const line of await read({ since: now - 2, until: now, timestamps: true })) {
      const at = Date.parse(line.split(" ")[0] ?? "") / 1000;
      expect(at).toBeGreaterThanOrEqual(now - 2);
      expect(at).toBeLessThanOrEqual(now);
    }
    expect(await read({ tail: 0 })).toEqual([]);
  });

  test("logs are followed into new pods", async () => {
    const { cluster } = own;
    const [first = "", second = ""] = await cluster.instances("lab-registry");
    const lines: string[] = [];
    const following = cluster.logs("lab-registry", { follow: true, tail: 0, names: true }, (line) => lines.push(line));
    following.catch(() => {});
    await until(
      async () =>
        lines.some((line) => line.startsWith(`${first} tick`)) && lines.some((line) => line.startsWith(second)),
    );
    await cluster.core.deleteNamespacedPod({ name: first, namespace: cluster.namespace });
    await until(async () => lines.includes(`${first} asked to stop`));
    await until(async () =>
      lines.some((line) => line.endsWith(" started") && !line.startsWith(first) && !line.startsWith(second)),
    );
    await until(async () => (await cluster.find("lab-registry"))?.pods?.ready === 2);
    expect(new Set(lines).size).toBe(lines.length);
  });

  test("ports of a Service and of elsewhere, and one of this machine", async () => {
    const { cluster } = own;
    const dial = cluster.dial("lab-registry");
    const ip =
      (await cluster.core.readNamespacedService({ name: "registry", namespace: cluster.namespace })).spec?.clusterIP ??
      "";
    const text = "y".repeat(500_000);
    for (const host of ["registry", `registry.${cluster.namespace}.svc`, "127.0.0.1", ip]) {
      const stream = await dial(host, 5000);
      let back = "";
      stream.on("data", (bytes) => {
        back += bytes;
      });
      stream.write(text);
      await until(async () => back.length === text.length, 30_000);
      expect(back === text, host).toBe(true);
      stream.destroy();
    }
    const refused = await dial("registry", 5999).then(
      (stream) =>
        new Promise((resolve) =>
          stream
            .on("error", resolve)
            .on("end", () => resolve("end"))
            .resume()
            .write("x"),
        ),
      (error) => error,
    );
    expect(String(refused)).toMatch(/port 5999 of pod .*refused/);
    const port = await freePort();
    const close = await forwardPort((_, to) => dial("registry", to === port ? 5000 : to), port);
    const answer = await new Promise<string>((resolve, reject) => {
      import("node:net").then(({ connect }) => {
        const socket = connect(port, "127.0.0.1").on("error", reject);
        socket.once("data", (bytes) => {
          resolve(String(bytes));
          socket.destroy();
        });
        socket.write("hello");
      });
    });
    expect(answer).toBe("hello");
    close();
  });

  test("a restart goes pod by pod, in place", async () => {
    const { cluster } = own;
    const before = await cluster.instances("lab-registry");
    const ready: number[] = [];
    const watching = setInterval(() => {
      cluster.find("lab-registry").then(
        (found) => ready.push(found?.pods?.ready ?? 0),
        () => {},
      );
    }, 300);
    await cluster.restart("lab-registry");
    clearInterval(watching);
    expect(await cluster.instances("lab-registry")).toEqual(before);
    expect(Math.min(...ready)).toBeGreaterThanOrEqual(1);
    const found = await cluster.find("lab-registry");
    expect(found).toMatchObject({ restarts: 2, health: { status: "healthy" } });
    expect(await found?.death()).toBeUndefined();
  });

  test.each<[string, Made, RegExp]>([
    [
      "an image that is not there",
      { container: { image: "nowhere.invalid/none:1" } },
      /^(?:ErrImagePull|ImagePullBackOff|Failed): .*nowhere/,
    ],
    [
      "a variable from a Secret that is missing",
      { container: { env: [{ name: "A", valueFrom: { secretKeyRef: { name: "none", key: "a" } } }] } },
      /^CreateContainerConfigError: secret "none" not found/,
    ],
    ["a node that nobody has", { pod: { nodeSelector: { nobody: "has-this" } } }, /^Unschedulable: 0\/\d+ nodes/],
    [
      "a program that ends at once",
      { script: "echo panic: no storage; exit 7" },
      /^CrashLoopBackOff, it ends with exit code 7/,
    ],
    [
      "a program that is not there",
      { container: { command: ["/nowhere"] } },
      /^(?:RunContainerError|CrashLoopBackOff|CreateContainerError)/,
    ],
  ])("why a pod is not ready: %s", async (_, made, why) => {
    const { cluster } = own;
    const noun = `bad-${Math.random().toString(36).slice(2, 8)}`;
    await deploy(noun, made);
    await until(async () => (await cluster.find(`lab-${noun}`))?.startError !== undefined);
    const found = await cluster.find(`lab-${noun}`);
    expect(found?.startError).toMatch(why);
    expect(found?.pods).toMatchObject({ ready: 0, wanted: 1, unready: [{ why: found?.startError }] });
    expect(found?.startRemedy).toMatch(/^kubectl --context \S+ -n \S+ describe pod lab-bad-/);
    if (made.script)
      expect(await found?.death()).toMatchObject({ cause: "ended", exitCode: 7, lastWords: "panic: no storage" });
    await cluster.apps.deleteNamespacedDeployment({ name: `lab-${noun}`, namespace: cluster.namespace });
  });

  test("a volume whose Secret is missing is told by its event", async () => {
    const { cluster } = own;
    await deploy("unmounted", {
      container: { volumeMounts: [{ name: "v", mountPath: "/v" }] },
      pod: { volumes: [{ name: "v", secret: { secretName: "none" } }] },
    });
    await until(async () => (await cluster.find("lab-unmounted"))?.startError !== undefined);
    expect((await cluster.find("lab-unmounted"))?.startError).toMatch(/^FailedMount: .*"none" not found/);
    await cluster.apps.deleteNamespacedDeployment({ name: "lab-unmounted", namespace: cluster.namespace });
  });

  test("a container that takes more memory than it may", async () => {
    const { cluster } = own;
    await deploy("greedy", { script: "sleep 1; head -c 200m /dev/zero | tail -c 190m >/dev/null; sleep 1" });
    await until(async () => await (await cluster.find("lab-greedy"))?.death());
    expect(await (await cluster.find("lab-greedy"))?.death()).toMatchObject({ cause: "memory" });
    await cluster.apps.deleteNamespacedDeployment({ name: "lab-greedy", namespace: cluster.namespace });
  });

  test("pods that the namespace does not take are told by the controller", async () => {
    const { cluster } = own;
    await deploy("privileged", { container: { securityContext: { privileged: true } } });
    await until(async () => (await cluster.find("lab-privileged"))?.startError !== undefined);
    expect(await cluster.find("lab-privileged")).toMatchObject({
      status: "without pods",
      startError: expect.stringMatching(/violates PodSecurity "restricted:/),
    });
    await cluster.apps.deleteNamespacedDeployment({ name: "lab-privileged", namespace: cluster.namespace });
  });

  test("a login that may nothing is told what it lacks", async () => {
    const { core, namespace } = own.cluster;
    await core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: "nobody" } } });
    const { status } = await core.createNamespacedServiceAccountToken({
      ...{ namespace, name: "nobody" },
      body: { spec: { audiences: [], expirationSeconds: 600 } } as never,
    });
    const settings = { ...own.settings, kubeconfig: kubeconfigWith(status?.token ?? "") };
    const cluster = await connectKubernetes(settings, {});
    await expect(cluster.names()).rejects.toMatchObject({
      message: `system:serviceaccount:${namespace}:nobody may not list deployments.apps in namespace ${namespace}`,
    });
    const checks = new Checks(undefined, "lab");
    await checkKubernetes(
      checks,
      { ...settings, placement: {}, replicas: 2, storage: { nodes: 4 }, hasIngress: false },
      {},
    );
    const found = Object.fromEntries(checks.all.map((one) => [one.id, one]));
    expect(found.permissions).toMatchObject({
      status: "failed",
      detail: expect.stringContaining("get, create, patch, delete secrets"),
    });
    expect(found.nodes?.status).toBe("skipped");
    const wrong = { ...own.settings, kubeconfig: kubeconfigWith("no-token") };
    await expect(connectKubernetes(wrong, {})).rejects.toThrow(/does not know who asks/);
  });

  test("the doctor of the whole cluster", async () => {
    const checks = new Checks(undefined, "lab");
    await checkKubernetes(
      checks,
      { ...own.settings, placement: {}, replicas: 2, storage: { nodes: 4 }, hasIngress: true },
      {},
    );
    const failed = checks.all.filter(({ status, id }) => status === "failed" && id !== "storage-class");
    expect(failed).toEqual([]);
    expect(checks.all.map(({ id }) => id)).toEqual([
      ...[
        "kubernetes",
        "namespace",
        "permissions",
        "pod-security",
        "clock",
        "nodes",
        "storage-class",
        "network-plugin",
      ],
    ]);
  });
});
