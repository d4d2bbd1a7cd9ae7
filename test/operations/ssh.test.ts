import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { connectDocker } from "../../operations/docker/docker";
import { machineOf } from "../../operations/docker/ssh-host";
import { engineOf, engineSocket } from "../support/engine-socket";
import { eventually } from "../support/process";
import { inFolder } from "./in-folder";

inFolder();
afterEach(() => void vi.unstubAllEnvs());

/** A program in ssh's place: answers `-G` from a file, else connects to an engine's socket; writes down each call. */
function ssh({
  configuration = "",
  socket = "",
  says = "",
  dies = false,
}: {
  configuration?: string;
  socket?: string;
  says?: string;
  /** The first login ends after a moment. */
  dies?: boolean;
}) {
  mkdirSync("bin");
  const program = `#!${process.execPath}
const { appendFileSync } = require("node:fs");
appendFileSync(${JSON.stringify(resolve("calls"))}, process.argv.slice(2).join(" ") + "\\n");
if (process.argv.includes("-G")) console.log(${JSON.stringify(configuration)});
else if (process.argv.includes("ControlMaster=yes")) {
  if (${JSON.stringify(says)}) { console.error(${JSON.stringify(says)}); process.exit(255); }
  const path = process.argv.find((one) => one.startsWith("ControlPath=")).slice(12);
  require("node:fs").writeFileSync(path, "");
  const end = () => { require("node:fs").rmSync(path, { force: true }); process.exit(0); };
  process.stdin.resume().on("end", end);
  if (${JSON.stringify(dies)}) setTimeout(end, 200);
}
else if (${JSON.stringify(says)}) { console.error(${JSON.stringify(says)}); process.exit(255); }
else {
  const socket = require("node:net").connect(${JSON.stringify(socket)});
  process.stdin.pipe(socket).pipe(process.stdout);
  socket.on("close", () => process.exit(0));
}`;
  writeFileSync("bin/ssh", program);
  chmodSync("bin/ssh", 0o755);
  vi.stubEnv("TMPDIR", resolve("."));
  vi.stubEnv("PATH", `${resolve("bin")}:${process.env.PATH}`);
}
const calls = () => (existsSync("calls") ? readFileSync("calls", "utf8").trim().split("\n") : []);

describe("the machine that an engine runs on", () => {
  test.each([
    ["ssh://lab", "-G -- lab"],
    ["ssh://root@lab:2222", "-p 2222 -l root -G -- lab"],
  ])("%s is what ssh makes of it", async (host, asked) => {
    ssh({ configuration: "user deploy\nhostname registry.example.com\nport 22" });
    expect(await machineOf(host)).toBe("registry.example.com");
    expect(calls()).toEqual([asked]);
  });

  test("options that choose another configuration hold", async () => {
    ssh({ configuration: "hostname 192.0.2.7" });
    expect(await machineOf("ssh://lab", ["-F", "other"])).toBe("192.0.2.7");
    expect(calls()).toEqual(["-F other -G -- lab"]);
  });

  test("without an answer it is what is written; tcp and sockets ask nobody", async () => {
    ssh({ configuration: "" });
    expect(await machineOf("ssh://root@lab")).toBe("lab");
    expect(await machineOf("tcp://192.0.2.1:2376")).toBe("192.0.2.1");
    expect(await machineOf("unix:///var/run/docker.sock")).toBeUndefined();
    expect(calls()).toHaveLength(1);
  });
});

describe("an engine over ssh", () => {
  const login =
    /^-o BatchMode=yes -o ConnectTimeout=15 -T -o ControlMaster=yes -o ControlPath=(\S+) -o ControlPersist=no -- (\S+) docker system dial-stdio$/;
  const logins = () => calls().filter((call) => login.test(call));
  const sessions = () => calls().filter((call) => !login.test(call) && !call.includes("-G"));

  test("one login serves all; requests that follow each other share a session, and few are open at once", async () => {
    const host = await engineSocket(engineOf("29.7.2"));
    ssh({ socket: host.replace("unix://", ""), configuration: "hostname lab\ncontrolpath none" });
    const docker = await connectDocker({ host: "ssh://lab1" }, {});
    expect(docker.version).toBe("29.7.2");
    for (let n = 0; n < 10; n += 1) await docker.client.listContainers();
    expect(logins()).toHaveLength(1);
    const path = login.exec(logins()[0] as string)?.[1];
    expect(sessions()).toEqual([
      `-o BatchMode=yes -o ConnectTimeout=15 -T -o ControlPath=${path} -- lab1 docker system dial-stdio`,
    ]);
    await Promise.all(Array.from({ length: 30 }, () => docker.client.listContainers()));
    expect(sessions().length).toBeLessThanOrEqual(6);
    await connectDocker({ host: "ssh://lab1" }, {});
    expect(logins()).toHaveLength(1);
  });

  test("a connection that ~/.ssh/config shares is used, and none is made beside it", async () => {
    const host = await engineSocket(engineOf("29.7.2"));
    ssh({ socket: host.replace("unix://", ""), configuration: "hostname lab\ncontrolpath /run/user/1000/lab" });
    await connectDocker({ host: "ssh://lab2" }, {});
    expect(logins()).toEqual([]);
    expect(sessions()).toEqual(["-o BatchMode=yes -o ConnectTimeout=15 -T -- lab2 docker system dial-stdio"]);
  });

  test("a login that is gone is made anew", async () => {
    const host = await engineSocket(engineOf("29.7.2"));
    ssh({ socket: host.replace("unix://", ""), configuration: "hostname lab", dies: true });
    await connectDocker({ host: "ssh://lab3" }, {});
    await eventually("another login is made", async () => {
      await connectDocker({ host: "ssh://lab3" }, {});
      return logins().length > 1;
    });
  });

  test.each([
    ["kex_exchange_identification: Connection closed by remote host", /before it has begun/],
    ["bash: line 1: docker: command not found", /no docker command/],
    [
      "failed to open the raw stream connection: dial unix /var/run/docker.sock: connect: permission denied",
      /User root may not use Docker's socket on lab/,
    ],
    [
      "permission denied while trying to connect to the Docker daemon socket",
      /User root may not use Docker's socket on lab/,
    ],
  ])("that does not answer: %s", async (says, message) => {
    ssh({ says, configuration: "hostname lab\nuser root" });
    await expect(connectDocker({ host: "ssh://lab" }, { USER: "somebody" })).rejects.toThrow(message);
  });
});
