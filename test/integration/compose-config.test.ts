import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { readComposeFile } from "../../operations/compose/file";
import { type ComposeImport, importCompose } from "../../operations/compose/import";
import { temporaryDirectory } from "../support/process";
import { describeUnless } from "../support/tools";

const hasCompose = spawnSync("docker", ["compose", "version"]).status === 0;
const FIXTURES = resolve(__dirname, "../operations/compose");

const importOne = (...args: Parameters<typeof importCompose>) => importCompose(...args)[0] as ComposeImport;

describeUnless(
  hasCompose ? undefined : "no Docker Compose that answers `docker compose version`",
  "a file that Docker Compose reads",
  () => {
    const path = temporaryDirectory();

    test.each(["recipe/docker-compose.yml", "variant/compose.yaml"])("means the same as without it: %s", (file) => {
      const fixture = join(FIXTURES, file);
      const alone = importOne(fixture, {}, {});
      const asked = importOne(fixture, process.env, {});
      expect(asked.yaml).toBe(alone.yaml);
      expect(asked.users?.toString()).toBe(alone.users?.toString());
      expect(asked.storage).toEqual(alone.storage);
      expect(asked.report).toEqual(alone.report);
    });

    test("may include and extend others, use profiles and variables, and hold dollar signs", () => {
      const folder = path("several");
      mkdirSync(join(folder, "more"), { recursive: true });
      writeFileSync(join(folder, ".env"), "PORT=5055\n");
      writeFileSync(
        join(folder, "more/base.yml"),
        "services:\n  base:\n    image: registry:2\n    environment: { REGISTRY_HTTP_SECRET: 'a$$b' }\n",
      );
      writeFileSync(
        join(folder, "more/storage.yml"),
        "services:\n  minio:\n    image: minio/minio\n    profiles: [storage]\n",
      );
      writeFileSync(
        join(folder, "compose.yml"),
        [
          "name: shop",
          "include: [more/storage.yml]",
          "services:",
          "  registry:",
          "    extends: { file: more/base.yml, service: base }",
          '    ports: ["${PORT}:5000"]',
          "    environment: { LEVEL: '${LEVEL}' }",
          "    volumes: [./data:/var/lib/registry]",
        ].join("\n"),
      );
      const file = readComposeFile(join(folder, "compose.yml"), process.env);
      expect(file).toMatchObject({ project: "shop", absent: ["LEVEL"] });
      expect(file.services.map(({ name }) => name).sort()).toEqual(["minio", "registry"]);
      expect(file.services.find(({ name }) => name === "registry")).toMatchObject({
        image: "registry:2",
        environment: { REGISTRY_HTTP_SECRET: "a$b", LEVEL: "" },
        ports: [{ published: 5055, target: 5000 }],
        mounts: [{ kind: "bind", source: join(folder, "data"), target: "/var/lib/registry" }],
      });
    });

    test("that it refuses is refused in its own words", () => {
      const folder = path("refused");
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "compose.yml"), "services:\n  a:\n    imag: x\n");
      expect(() => readComposeFile(join(folder, "compose.yml"), process.env)).toThrow("Docker Compose refuses");
    });
  },
);
