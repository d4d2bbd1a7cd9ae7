import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../support/process";
import { type Client, Sshd } from "../support/sshd";
import { describeUnless } from "../support/tools";
import { Machine } from "./cli-machine";
import { findNeeds } from "./support/needs";

const NAME = "cl-ssh";

describe("an engine behind ssh", async () => {
  const needs = await findNeeds();
  const missing = [needs.missing, Sshd.missing].filter(Boolean).join("; ") || undefined;

  describeUnless(missing, "on Docker Engine, by OpenSSH", () => {
    let machine: Machine;
    let sshd: Sshd;

    beforeAll(async () => {
      machine = new Machine(needs);
      machine.write(NAME, await freePort(), { docker: { ...needs.docker, host: "ssh://far" } });
      sshd = new Sshd(machine.path("sshd"));
      // By default 10 sessions share a connection, and Terraform alone has up to 10.
      await sshd.start("LogLevel VERBOSE", "MaxSessions 64");
    });
    afterAll(async () => {
      await sshd.start();
      await machine.run(["down", NAME, "--delete-data", "--confirm", NAME], over());
      await sshd.stop();
      await machine.remove();
    });

    const over = (client?: Client) => ({
      environment: { PATH: `${sshd.client(client)}:${process.env.PATH}`, USER: "somebody" },
    });
    const say = async (args: string[], client?: Client) => {
      const { code, stdout, stderr } = await machine.run(args, over(client));
      return { code, said: stdout + stderr };
    };

    test("an alias of ~/.ssh/config is enough, and a command logs in once, Terraform included", async () => {
      for (const [args, wanted] of [
        [["doctor", NAME], /✓ Docker Engine at ssh:\/\/far/],
        [["up", NAME, "--yes"], /0 failed/],
        [["verify", NAME], /0 failed/],
        [["status", NAME], /drift +none/],
        [["logs", NAME, "registry", "--no-follow"], /"level":"info"/],
        [["plan", NAME], /no changes/],
        [["down", NAME, "--confirm", NAME], /is down/],
      ] as const) {
        const before = sshd.logins;
        const { code, said } = await say([...args]);
        expect(code, `${args.join(" ")}\n${said}`).toBe(0);
        expect(said).toMatch(wanted);
        expect(sshd.logins - before, args.join(" ")).toBe(1);
      }
    });

    test("of connections that have not logged in yet, sshd may allow one only", async () => {
      await sshd.start("LogLevel VERBOSE", "MaxStartups 1:100:1");
      const { code, said } = await say(["up", NAME, "--yes"]);
      expect(code, said).toBe(0);
      expect(said).toMatch(/0 failed/);
    });

    test("of sessions in one connection, sshd may allow few: the rest log in by themselves", async () => {
      await sshd.start("LogLevel VERBOSE", "MaxSessions 2");
      expect(await say(["status", NAME])).toMatchObject({ code: 0, said: expect.stringMatching(/drift +none/) });
      expect((await say(["plan", NAME])).said).toMatch(/no changes/);
    });

    test("sshd that has as many connections as it allows", async () => {
      await sshd.start("MaxStartups 1:100:1");
      const { port } = sshd;
      const idle = connect(port, "127.0.0.1");
      await new Promise((resolve) => idle.once("data", resolve));
      const { said } = await say(["status", NAME]);
      idle.destroy();
      expect(said).toMatch(/sshd on ssh:\/\/far ends the connection before it has begun: too many at once/);
    });

    test("no docker on the far side", async () => {
      await sshd.start(`SetEnv PATH=${machine.path("nowhere")}`);
      expect((await say(["status", NAME])).said).toMatch(/ssh:\/\/far has no docker command/);
    });

    test("an engine that is not there on the far side", async () => {
      await sshd.start(`SetEnv PATH=${process.env.PATH} DOCKER_HOST=unix://${machine.path("nowhere.sock")}`);
      expect((await say(["status", NAME])).said).toMatch(
        /Docker does not answer at ssh:\/\/far[\s\S]*→ start Docker there/,
      );
    });

    test.each<[string, Client, RegExp]>([
      [
        "a host key that nobody knows",
        { knows: "nothing" },
        /does not know the host key of ssh:\/\/far\n[\s\S]*→ ssh -o StrictHostKeyChecking=ask ssh:\/\/far true/,
      ],
      [
        "another host key",
        { knows: "wrong" },
        /The host key of ssh:\/\/far is not the one that ssh knows[\s\S]*ssh-keygen -f "\S+known_hosts" -R "\[127\.0\.0\.1\]:\d+"/,
      ],
      ["a key that sshd does not accept", { key: "stranger" }, /ssh:\/\/far accepts none of your ssh keys/],
      ["nobody there", { port: 9 }, /ssh:\/\/far is not reachable by ssh: Connection refused/],
    ])("%s", async (_, client, message) => {
      await sshd.start();
      const { code, said } = await say(["status", NAME], client);
      expect(code).toBe(1);
      expect(said).toMatch(message);
      expect(said).not.toMatch(/usermod/);
    });
  });
});
