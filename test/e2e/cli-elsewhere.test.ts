import { readdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort, run } from "../support/process";
import { describeUnless } from "../support/tools";
import { Machine } from "./cli-machine";
import { findNeeds, toolEnvironment } from "./support/needs";

const NAME = "cl-elsewhere";

describe("a shell whose variables lead elsewhere", async () => {
  const needs = await findNeeds();

  describeUnless(needs.missing, "on Docker Engine, by Terraform", () => {
    let machine: Machine;
    let asked = 0;
    const other = createServer((_, response) => {
      asked += 1;
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ Version: "99.0.0", ApiVersion: "1.99" }));
    });
    let environment: Record<string, string>;

    beforeAll(async () => {
      machine = new Machine(needs);
      machine.write(NAME, await freePort());
      await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
      const host = `tcp://127.0.0.1:${(other.address() as AddressInfo).port}`;
      environment = { DOCKER_HOST: host, DOCKER_CONTEXT: "nowhere", DOCKER_CERT_PATH: "/nowhere" };
    });
    afterAll(async () => {
      await machine.remove(NAME);
      other.close();
    });

    const must = async (args: string[], more: Record<string, string> = environment) => {
      const { code, stdout, stderr } = await machine.run(args, { environment: more });
      return { code, said: stdout + stderr };
    };

    test("every command goes where the environment file says, Terraform too", async () => {
      for (const args of [
        ["up", NAME, "--yes"],
        ["status", NAME],
        ["verify", NAME],
        ["plan", NAME],
      ]) {
        const { code, said } = await must(args);
        expect(code, said).toBe(0);
      }
      const { said } = await must(["doctor", NAME]);
      expect(said).toMatch(
        /! the docker command means the same engine: DOCKER_HOST=tcp:\/\/127\.0\.0\.1:\d+ leads it elsewhere/,
      );
      expect(said).not.toMatch(/99\.0\.0/);
      expect(asked).toBe(0);
    });

    test("a workspace is refused, and leaves no state in the build folder, whoever calls Terraform", async () => {
      const { code, said } = await must(["plan", NAME], { TF_WORKSPACE: "prod" });
      expect(code, said).toBe(1);
      expect(said).toMatch(/TF_WORKSPACE=prod is set: an environment has one state[\s\S]*→ unset TF_WORKSPACE/);

      const plain = (command: string[], more: Record<string, string>) =>
        run(needs.terraform, [`-chdir=cdktf.out/stacks/${NAME}`, ...command], {
          directory: machine.directory,
          environment: { ...toolEnvironment(), ...more },
          timeoutMs: 120_000,
        });
      const secrets = `-var-file=${machine.path("secrets", `${NAME}.tfvars.json`)}`;
      const planned = await plain(["plan", "-no-color", "-input=false", secrets], { TF_WORKSPACE: "prod" });
      expect(planned.code).toBe(1);
      expect(planned.stderr).toMatch(/An environment has one state/);
      await plain(["workspace", "new", "dev"], {});
      const applied = await plain(["apply", "-no-color", "-auto-approve", "-input=false", secrets], {});
      expect(applied.stderr).toMatch(/An environment has one state/);
      const states = readdirSync(machine.path("cdktf.out"), { recursive: true, encoding: "utf8" }).filter(
        (file) => file.endsWith(".tfstate") && !file.includes(".terraform/"),
      );
      expect(states).toEqual([]);
      // What plain Terraform selected is not followed.
      expect((await must(["plan", NAME], {})).said).toMatch(/no changes/);
    });

    test("arguments by variable are refused; what is left out does nothing", async () => {
      expect((await must(["plan", NAME], { TF_CLI_ARGS_plan: "-destroy" })).said).toMatch(/→ unset TF_CLI_ARGS_plan/);
      const { code, said } = await must(["plan", NAME], { TF_LOG: "trace", TF_DATA_DIR: machine.path("other") });
      expect(code, said).toBe(0);
      expect(said).toMatch(/Not handed to Terraform: TF_DATA_DIR, TF_LOG|TF_LOG, TF_DATA_DIR/);
      expect(machine.logs).not.toMatch(/\[TRACE\]/);
    });
  });
});
