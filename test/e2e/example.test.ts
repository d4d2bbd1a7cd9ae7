import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Htpasswd } from "../../constructs";
import { GENERATORS, randomPassword } from "../../operations/secrets/generate";
import { freePort, run } from "../support/process";
import { describeUnless } from "../support/tools";
import { Client } from "./support/client";
import { docker } from "./support/deployment";
import { findNeeds, toolEnvironment } from "./support/needs";

const NOUNS = ["registry", "rustfs", "bucket-init", "htpasswd", "edge", "storage", "auth", "rustfs-data"];
const NAME = "mig-example";

describe("examples", async () => {
  const needs = await findNeeds();

  describeUnless(needs.missing, "minimal, with another name, a free port, and the images of this machine", () => {
    const directory = mkdtempSync(join(tmpdir(), "example-"));
    const stack = join(directory, "cdktf.out/stacks/registry");
    afterAll(async () => {
      for (const noun of NOUNS.slice(0, 4)) await docker("rm", "-f", `${NAME}-${noun}`);
      for (const noun of NOUNS.slice(4, 6)) await docker("network", "rm", `${NAME}-${noun}`);
      for (const noun of NOUNS.slice(6)) await docker("volume", "rm", "-f", `${NAME}-${noun}`);
      rmSync(directory, { recursive: true, force: true });
    });

    test("is deployed by plain Terraform, as its README says, and takes a push and a pull", async () => {
      const port = await freePort();
      await run(
        "node",
        ["--import", resolve("node_modules/tsx/dist/loader.mjs"), resolve("examples/minimal/main.ts")],
        {
          directory,
          environment: { TSX_TSCONFIG_PATH: resolve("tsconfig.json") },
        },
      );
      const file = join(stack, "cdk.tf.json");
      const text = readFileSync(file, "utf8");
      // What `new DockerHost({ olderThan25: true })` would write.
      const asEngineTakes = needs.docker.olderThan25
        ? text.replace(/"start_interval": "[^"]*",\s*/g, "").replace(/"interval": "30s"/g, '"interval": "1.8s"')
        : text;
      writeFileSync(
        file,
        asEngineTakes
          .replace(/"registry:[\d.]+@sha256:\w+"/g, JSON.stringify(needs.images.distribution))
          .replace(/"rustfs\/rustfs:[\d.]+@sha256:\w+"/g, JSON.stringify(needs.images.rustfs))
          .replace(/"external": 5000/g, `"external": ${port}`)
          .replace(new RegExp(`"registry-(${NOUNS.join("|")})"`, "g"), `"${NAME}-$1"`),
      );
      const password = randomPassword();
      const secrets = {
        ...Object.fromEntries(Object.entries(GENERATORS).map(([name, make]) => [name, make()])),
        registry_htpasswd: Htpasswd.empty.with("admin", password).toString(),
      };
      const variables = Object.entries(secrets).map(([name, value]) => [`TF_VAR_${name}`, value]);
      const environment = { ...toolEnvironment(), ...Object.fromEntries(variables) };
      const terraform = (...args: string[]) =>
        run(needs.terraform, [`-chdir=${stack}`, ...args], { environment, timeoutMs: 300_000 });

      expect((await terraform("init", "-input=false")).stderr).toBe("");
      expect((await terraform("apply", "-auto-approve", "-input=false")).stderr).toBe("");
      expect((await terraform("plan", "-detailed-exitcode", "-input=false")).code).toBe(0);

      const client = new Client(`localhost:${port}`);
      expect((await client.login("admin", password)).code).toBe(0);
      await client.push(needs.images.distribution, "team/image:1");
      expect(await client.pull("team/image:1")).toMatch(/^sha256:/);
    });
  });
});
