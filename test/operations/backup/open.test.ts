import type Docker from "dockerode";
import { expect, test } from "vitest";
import { type Environment, parseEnvironment } from "../../../config";
import { type BackupOperation, openTarget } from "../../../operations/backup/open";
import { UNINTERRUPTED } from "../../../operations/interruption";
import { connectKubernetes } from "../../../operations/kubernetes/connection";
import { FakeCluster } from "../../support/fake-cluster";
import { putService, startPods } from "../../support/fake-pods";

const stage = { now() {}, line() {}, done() {}, failed() {} };

test("where the mirror lacks rclone's image, it is that image which is to be had elsewhere", async () => {
  const { environment } = parseEnvironment(
    "registry: { host: localhost }\nimages: { mirror: mirror.example.com/hub }\n",
    "lab.yaml",
  );
  const absent = (name: string) => Promise.reject(new Error(`manifest for ${name} not found: manifest unknown`));
  const client = { getImage: (name: string) => ({ inspect: () => absent(name) }), pull: absent } as unknown as Docker;
  const operation = {
    ...{ environment: environment as Environment, runtime: { client, host: "unix:///x" }, secrets: {} },
    ...{ variables: { HOME: "/" }, progress: { stage: () => stage }, interruption: UNINTERRUPTED },
  } as unknown as BackupOperation;
  await expect(openTarget(operation, "/srv/backup", undefined)).rejects.toMatchObject({
    message: expect.stringContaining("mirror.example.com/hub/rclone/rclone@sha256:"),
    remedy: expect.stringMatching(/^fill the mirror with it, .*--image REFERENCE$/),
  });
});

test("in a cluster a directory is refused before anything is made", async () => {
  const cluster = await FakeCluster.start();
  putService(cluster, "registry", [{ name: "lab-registry-a" }]);
  const operation = {
    ...{ environment: { name: "lab", images: {} }, runtime: await connectKubernetes(cluster.settings(), {}) },
    ...{ secrets: {}, variables: {}, interruption: UNINTERRUPTED },
  } as unknown as BackupOperation;
  await expect(openTarget(operation, "/srv/backup", undefined)).rejects.toMatchObject({
    message:
      "/srv/backup is a directory of a machine, and a pod may mount none under the restricted Pod Security Standard",
    remedy: expect.stringContaining("s3:https://"),
  });
  expect(cluster.requests.filter((one) => !one.startsWith("GET "))).toEqual([]);
});

test("in a cluster rclone gets its remotes, keys and the CA of the target into its pod, and nothing into its description", async () => {
  const cluster = await FakeCluster.start();
  const env = [{ name: "HTTPS_PROXY", value: "http://proxy:3128" }];
  putService(cluster, "registry", [{ name: "lab-registry-a", container: { env } }]);
  startPods(cluster);
  const pod: string[] = [];
  cluster.exec = ({ command }) => {
    pod.push(JSON.stringify(cluster.objects.get("/api/v1/namespaces/lab/pods/lab-backup")));
    return command.includes("cat") ? { stdout: JSON.stringify({ version: 1, environment: "lab" }) } : {};
  };
  const given: Readonly<Record<string, string>> = { access_key: "AK", secret_key: "very-secret", ca_file: "ca.pem" };
  const secrets = {
    ...{ get: (name: string) => given[name], require: () => given },
    read: (name: string) => (given[name] ? Buffer.from("a certificate") : undefined),
  };
  const operation = {
    ...{ environment: { name: "lab", images: {} }, runtime: await connectKubernetes(cluster.settings(), {}) },
    ...{ secrets, variables: {}, progress: { stage: () => stage }, interruption: UNINTERRUPTED },
  } as unknown as BackupOperation;
  const opened = await openTarget(operation, "s3:https://s3.example.com/backups/lab", undefined);
  expect(opened.owner).toBe("lab");
  await opened.copier.close();
  const written = cluster.executed.map(({ line }) => line ?? "");
  expect(written).toContain("a certificate");
  expect(written.find((text) => text.includes("[place]"))).toContain("override.ca_cert = /config/target-ca.pem");
  expect(written.find((text) => text.includes("very-secret"))).toContain("[place]");
  expect(pod[0]).toContain("http://proxy:3128");
  expect(pod[0]).not.toContain("very-secret");
  expect(cluster.executed.some(({ command }) => command.join(" ").includes("very-secret"))).toBe(false);
});
