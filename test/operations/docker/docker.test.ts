import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { dockerHostName, isLocalHost } from "../../../operations/docker/address";
import { connectDocker } from "../../../operations/docker/docker";
import { engineName, PullProgress } from "../../../operations/docker/images";
import { registryLogin } from "../../../operations/docker/login";
import { isPortFree, portOwner } from "../../../operations/docker/port-owner";
import { freePort } from "../../support/process";
import { inFolder } from "../in-folder";

const DIGEST = `sha256:${"0".repeat(64)}`;

test.each([
  ["registry:3.1.2", "registry:3.1.2"],
  [`registry:3.1.2@${DIGEST}`, `registry@${DIGEST}`],
  [`localhost:5000/a/b@${DIGEST}`, `localhost:5000/a/b@${DIGEST}`],
  [`localhost:5000/a/b:1@${DIGEST}`, `localhost:5000/a/b@${DIGEST}`],
])("the engine knows %s as %s", (image, name) => expect(engineName(image)).toBe(name));

test.each([
  ["unix:///var/run/docker.sock", true, undefined],
  ["tcp://127.0.0.1:2375", true, undefined],
  ["tcp://10.0.0.1:2376", false, "10.0.0.1"],
  ["ssh://deploy@registry.example.com:2222", false, "registry.example.com"],
  ["ssh://deploy@[2001:db8::1]", false, "2001:db8::1"],
])("%s is this machine: %s", (host, local, name) => {
  expect(isLocalHost(host)).toBe(local);
  expect(dockerHostName(host)).toBe(name);
});

test("an engine that is not there is a sentence", async () => {
  await expect(connectDocker({ host: "unix:///nonexistent.sock" }, {})).rejects.toMatchObject({
    name: "Failure",
    message: "Docker does not answer at unix:///nonexistent.sock: most likely it is not running",
    details: "connect ENOENT /nonexistent.sock",
  });
});

describe("the progress of a pull", () => {
  test("adds layers up", () => {
    const progress = new PullProgress();
    expect(String(progress)).toBe("asking the registry");
    progress.see({ status: "Pulling from library/registry", id: "3.1.2" });
    progress.see({ status: "Pulling fs layer", id: "a" });
    progress.see({ status: "Already exists", id: "b" });
    progress.see({ status: "Downloading", id: "a", progressDetail: { current: 5e6, total: 20e6 } });
    expect(String(progress)).toBe("5.0 of 20.0 MB, 1 of 2 layers");
    progress.see({ status: "Download complete", id: "a" });
    expect(String(progress)).toBe("20.0 of 20.0 MB, 1 of 2 layers, unpacking");
    progress.see({ status: "Pull complete", id: "a" });
    expect(String(progress)).toMatch(/2 of 2 layers/);
  });
});

describe("who has a port", () => {
  test("this process", async () => {
    const port = await freePort();
    expect(await isPortFree("127.0.0.1", port)).toBe(true);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    try {
      expect(await isPortFree("127.0.0.1", port)).toBe(false);
      if (process.platform === "linux") expect(await portOwner(undefined, port)).toMatch(`process ${process.pid} (`);
    } finally {
      server.close();
    }
  });

  test("nobody", async () => {
    expect(await portOwner(undefined, await freePort())).toBeUndefined();
  });
});

describe("the login that `docker login` left", () => {
  inFolder();
  const write = (config: object) => {
    mkdirSync("docker", { recursive: true });
    writeFileSync("docker/config.json", JSON.stringify(config));
    return { DOCKER_CONFIG: "docker" };
  };
  const auth = (text: string) => ({ auth: Buffer.from(text).toString("base64") });

  test("for a registry and for Docker Hub", async () => {
    const variables = write({
      auths: { "mirror.example.com": auth("bot:pa:ss"), "https://index.docker.io/v1/": auth("me:x") },
    });
    expect(await registryLogin("mirror.example.com/hub/registry:1", variables)).toEqual({
      username: "bot",
      password: "pa:ss",
      serveraddress: "mirror.example.com",
    });
    expect((await registryLogin("rustfs/rustfs:1", variables))?.username).toBe("me");
    expect(await registryLogin("other.example.com/x:1", variables)).toBeUndefined();
  });

  test("none without a configuration, or with a helper that is not there", async () => {
    expect(await registryLogin("registry:3", { DOCKER_CONFIG: "nowhere" })).toBeUndefined();
    expect(await registryLogin("registry:3", write({ credsStore: "that-nobody-has" }))).toBeUndefined();
  });
});
