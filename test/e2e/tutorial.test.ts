import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { snippets } from "../docs/markdown";
import { freePort, run } from "../support/process";
import { describeUnless } from "../support/tools";
import { docker, PROGRAM } from "./cli-machine";
import { findNeeds, toolEnvironment } from "./support/needs";

const PAGE = "docs/tutorial.md";
/** In place of the page's `local`, which may run on this machine. */
const NAME = "tutorial-e2e";
const INSTALL = "npm install cdktf-private-registry";

/** What a person answers to a question on the terminal, as an option. */
const ANSWERS: [RegExp, string][] = [
  [/ (?:up|apply) local$/, " --yes"],
  [/ down local$/, ` --confirm ${NAME}`],
  [/^docker login /, " --password-stdin"],
];

interface Environment {
  readonly registry?: Record<string, unknown>;
}

describe("the tutorial, typed as it stands", async () => {
  const needs = await findNeeds();

  describeUnless(needs.missing, "on Docker Engine, by Terraform", () => {
    const folder = mkdtempSync(join(tmpdir(), "tutorial-"));
    const file = join(folder, "environments", `${NAME}.yaml`);
    const read = (): Environment => parse(readFileSync(file, "utf8"));
    let port: number;
    let password = "";

    /** What installing the package makes; test/package.test.ts packs and unpacks it. */
    const install = () => {
      mkdirSync(join(folder, "node_modules", ".bin"), { recursive: true });
      symlinkSync(PROGRAM, join(folder, "node_modules", ".bin", "private-registry"));
      writeFileSync(join(folder, "package.json"), "{}");
    };

    const type = async (command: string) => {
      const answer = ANSWERS.find(([question]) => question.test(command))?.[1] ?? "";
      const here = command.replaceAll("localhost:5000", `localhost:${port}`).replace(/(?<= )local(?= |$)/, NAME);
      const environment = {
        ...toolEnvironment(),
        ...{ TERRAFORM_BINARY_NAME: needs.terraform, DOCKER_CONFIG: join(folder, "docker") },
      };
      const input = command.startsWith("docker login ") ? password : undefined;
      const ended = await run("sh", ["-c", here + answer], {
        ...{ directory: folder, environment, input, timeoutMs: 120_000 },
      });
      return { code: ended.code, said: ended.stdout + ended.stderr };
    };

    /** Writes keys into the file as the page says: below those that it has. */
    const add = ({ registry, ...more }: Environment) => {
      const { registry: has, ...rest } = read();
      writeFileSync(file, stringify({ ...rest, ...more, registry: { ...has, ...registry } }));
    };

    /** A block of the page: how the file looks, what to add, or an example for another machine. */
    const write = (block: Environment) => {
      if (JSON.stringify(block).includes("example.com")) return;
      if (block.registry?.log) add(block);
      else expect(block).toMatchObject({ ...written, registry: { ...written?.registry, publish: expect.anything() } });
    };
    let written: Environment | undefined;

    afterAll(async () => {
      await type(`npx private-registry down ${NAME} --delete-data --confirm ${NAME}`);
      await run("docker", ["rmi", `localhost:${port}/team/hello:1`], { environment: toolEnvironment() });
      rmSync(folder, { recursive: true, force: true });
    });

    const said = new Map<string, string>();

    const follow = async (command: string, line: number) => {
      if (command === INSTALL) return install();
      const ended = await type(command);
      // Exit code 2: changes were found.
      const code = / plan local$/.test(command) ? 2 : 0;
      expect(ended, `${PAGE}:${line} ${command}\n${ended.said}`).toMatchObject({ code });
      said.set(command, ended.said);
      password = /^admin (\S+)$/m.exec(ended.said)?.[1] ?? password;
      if (written) return;
      // The machine's engine and images, and a port that is free.
      written = read();
      const { docker, images } = needs;
      add({ registry: { publish: { address: "127.0.0.1", port } }, ...{ docker, images } });
    };

    test("every command ends well and says what the page says", { timeout: 240_000 }, async () => {
      port = await freePort();
      for (const { language, text, line } of snippets(PAGE)) {
        if (language === "yaml") write(parse(text));
        else for (const command of text.trim().split("\n")) await follow(command, line);
      }
      expect(said.get("npx private-registry plan local")).toContain("log.level: info → warn");
      expect(said.get("npx private-registry users add local alice")).toMatch(/^\S{20,}$/m);
      expect(await docker("ps", "-aq", "--filter", `name=${NAME}-`)).toBe("");
    });
  });
});
