import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { IMAGES } from "../../constructs/images";
import { UNINTERRUPTED } from "../../operations/interruption";
import { connectKubernetes } from "../../operations/kubernetes/connection";
import { HelperPod, type HelperPodSettings } from "../../operations/kubernetes/helper-pod";
import { restrictedProblems } from "../../operations/verify/restricted";
import { describeUnless } from "../support/tools";
import { NO_CLUSTER, type TestNamespace, testNamespace, until } from "./cluster";

/** Has BusyBox's sh, as rclone's has. */
const IMAGE = IMAGES.distribution.reference;

const SETTINGS: HelperPodSettings = {
  ...{ environment: "lab", noun: "backup", image: IMAGE, interruption: UNINTERRUPTED },
  files: { "/config/key": Buffer.from("a key") },
  variables: { PLACE: "$(HOME) $$ here" },
};

const POD = "lab-backup";

/** Starts a helper in a process of its own, says so, and works until it is killed. */
const PROGRAM = `
const { connectKubernetes } = require("./operations/kubernetes/connection");
const { HelperPod } = require("./operations/kubernetes/helper-pod");
const [settings, helper] = JSON.parse(process.argv.at(-1));
const interruption = { gentle: new AbortController().signal, hard: new AbortController().signal };
connectKubernetes(settings, {})
  .then((cluster) => HelperPod.start(cluster, { ...helper, files: {}, interruption }))
  .then((one) => {
    console.log("started");
    return one.exec(["sh", "-c", "sleep 600"], () => {});
  });
`;

describeUnless(NO_CLUSTER, "a helper beside the registry's pods", () => {
  let own: TestNamespace;
  const labels = { "app.kubernetes.io/name": "lab-registry", "dev.private-registry.network/lab-edge": "true" };

  beforeAll(async () => {
    own = await testNamespace();
    const { core, namespace } = own.cluster;
    await core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: "lab" } } });
    // A registry that only has to be there.
    const container = {
      ...{ name: "distribution", image: IMAGE, imagePullPolicy: "IfNotPresent", command: ["sleep", "3600"] },
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    };
    const securityContext = { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: "RuntimeDefault" } };
    const spec = { serviceAccountName: "lab", securityContext, containers: [container] };
    const metadata = { name: "lab-registry", labels };
    await core.createNamespacedPod({ namespace, body: { metadata, spec } });
  });
  afterAll(() => own?.remove());

  const pod = () =>
    own.cluster.core.readNamespacedPod({ name: POD, namespace: own.cluster.namespace }).catch(() => undefined);

  test("runs programs, gets files, and leaves nothing", async () => {
    const helper = await HelperPod.start(own.cluster, SETTINGS);
    const found = await pod();
    expect(found && restrictedProblems(found)).toEqual([]);
    expect(found?.metadata?.labels).toMatchObject({
      ...{ "app.kubernetes.io/name": POD, "app.kubernetes.io/component": "backup" },
      "dev.private-registry.network/lab-edge": "true",
    });
    const said: string[] = [];
    const run = (script: string) => helper.exec(["sh", "-c", script], (line) => said.push(line));
    expect(await run("echo one >&2; echo two >&2; echo out; exit 3")).toEqual({ code: 3, output: "out\n" });
    expect(said).toEqual(["one", "two"]);
    expect(await run('echo "$PLACE"; cat /config/key')).toEqual({ code: 0, output: "$(HOME) $$ here\na key" });
    const large = Buffer.alloc(3_000_000, "0123456789");
    await helper.put("/work/a folder/large", large);
    await helper.put("/work/empty", Buffer.alloc(0));
    const sums = await run("wc -c <'/work/a folder/large'; wc -c </work/empty; stat -c %a '/work/a folder/large'");
    expect(sums.output.split("\n")).toEqual(["3000000", "0", "600", ""]);
    expect((await run("cat '/work/a folder/large'")).output === large.toString()).toBe(true);
    await expect(helper.put("/nowhere/file", large)).rejects.toThrow("/nowhere/file could not be written");
    // The next one is refused while it runs, and starts at once when it has gone.
    await expect(HelperPod.start(own.cluster, SETTINGS)).rejects.toMatchObject({
      message: expect.stringContaining("Another backup or restore of lab runs"),
      remedy: expect.stringContaining(`delete pod ${POD}`),
    });
    const cut = expect(run("sleep 300")).rejects.toThrow("The copying pod was stopped");
    await sleep(500);
    await helper.close();
    await cut;
    expect(await pod()).toBeUndefined();
  });

  test("ends when the process that holds it is killed; the next one goes on", async () => {
    const { files: _, interruption: __, ...helper } = SETTINGS;
    const input = JSON.stringify([own.settings, helper]);
    const child = spawn(process.execPath, ["--import", "tsx", "--eval", PROGRAM, "--", input], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await Promise.race([once(child.stdout, "data"), once(child, "exit")]);
    expect((await pod())?.status?.phase).toBe("Running");
    child.kill("SIGKILL");
    await until(async () => (await pod())?.status?.phase === "Succeeded", 60_000);
    const next = await HelperPod.start(own.cluster, SETTINGS);
    expect(await next.exec(["echo", "again"], () => {})).toEqual({ code: 0, output: "again\n" });
    await next.close();
  });

  test("an image that is not there ends soon with the cause, and leaves nothing", async () => {
    const settings = { ...SETTINGS, image: "nowhere.invalid/rclone:1", withoutImage: "name another" };
    await expect(HelperPod.start(own.cluster, settings)).rejects.toMatchObject({
      message: expect.stringMatching(/^Pod lab-backup does not start: .*nowhere/),
      remedy: expect.stringContaining("name another"),
    });
    expect(await pod()).toBeUndefined();
  });

  test("one that somebody removes says that it was stopped", async () => {
    const cluster = await connectKubernetes(own.settings, {});
    const helper = await HelperPod.start(cluster, SETTINGS);
    const cut = expect(helper.exec(["sleep", "300"], () => {})).rejects.toMatchObject({
      message: "The copying pod was stopped",
      remedy: "run it again: what was copied stays",
    });
    await cluster.core.deleteNamespacedPod({ name: POD, namespace: cluster.namespace });
    await cut;
    await helper.close();
  });
});
