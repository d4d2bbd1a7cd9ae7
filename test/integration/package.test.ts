import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import manifest from "../../package.json";
import { typeCheck } from "../support/type-check";

/** The tarball that `npm pack` makes, unpacked where a user's project would have it. */
describe("the package", { timeout: 120_000 }, () => {
  const root = mkdtempSync(join(tmpdir(), "package-"));
  afterAll(() => rmSync(root, { recursive: true }));
  const run = (command: string, args: string[], cwd = root) => execFileSync(command, args, { cwd, encoding: "utf8" });

  run("npm", ["run", "--silent", "build"], process.cwd());
  const [packed] = JSON.parse(
    run("npm", ["pack", "--ignore-scripts", "--json", "--silent", "--pack-destination", root], process.cwd()),
  );
  const home = join(root, "node_modules/cdktf-private-registry");
  mkdirSync(home, { recursive: true });
  run("tar", ["-xzf", join(root, packed.filename), "-C", home, "--strip-components=1"]);
  // Only what its own manifest promises, so that a forgotten dependency is found.
  for (const name of [
    ...Object.keys(manifest.dependencies),
    ...Object.keys(manifest.peerDependencies),
    "@types/node",
  ]) {
    mkdirSync(dirname(join(root, "node_modules", name)), { recursive: true });
    symlinkSync(resolve("node_modules", name), join(root, "node_modules", name));
  }

  const APP = `
    const app = new App({ outdir: "out" });
    const stack = new TerraformStack(app, "demo");
    new DockerProvider(stack, "docker");
    new PrivateRegistry(stack, "registry", { registry: { host: "registry.internal" } });
    app.synth();
  `;

  test("has nothing in it but what is needed", () => {
    const files: string[] = packed.files.map((file: { path: string }) => file.path);
    const folders = new Set(
      files.map((path) => path.split("/").slice(0, 2).join("/")).filter((path) => !/\.\w+$/.test(path)),
    );
    expect([...folders].sort()).toEqual(
      [
        "LICENSE",
        ...["cli", "config", "constructs", "operations", "plan", "review", "stacks"].map((name) => `dist/${name}`),
      ].sort(),
    );
    expect(files).toContain("dist/constructs/monitoring/alerts.yml");
    expect(files).toContain("dist/constructs/storage/bucket-init.sh");
    expect(files).toContain("dist/operations/compose/copy.sh");
    expect(packed.size).toBeLessThan(2_200_000);
    expect(Object.keys(manifest.dependencies).length).toBeLessThanOrEqual(10);
  });

  test("is required", () => {
    writeFileSync(
      join(root, "app.cjs"),
      `const { App, TerraformStack } = require("cdktf");
       const { DockerProvider } = require("@cdktf/provider-docker/lib/provider");
       const { PrivateRegistry } = require("cdktf-private-registry");${APP}`,
    );
    run("node", ["app.cjs"]);
    const { resource } = JSON.parse(readFileSync(join(root, "out/stacks/demo/cdk.tf.json"), "utf8"));
    expect(Object.keys(resource.docker_container)).toHaveLength(4);
  });

  test("is imported by an ES module", () => {
    writeFileSync(
      join(root, "app.mjs"),
      `import { App, TerraformStack } from "cdktf";
       import { DockerProvider } from "@cdktf/provider-docker/lib/provider/index.js";
       import { PrivateRegistry } from "cdktf-private-registry";${APP}`,
    );
    rmSync(join(root, "out"), { recursive: true, force: true });
    run("node", ["app.mjs"]);
    expect(existsSync(join(root, "out/stacks/demo/cdk.tf.json"))).toBe(true);
  });

  test.each([
    ["commonjs", "node10"],
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ])("is type-checked with module %s and resolution %s", (module, moduleResolution) => {
    writeFileSync(
      join(root, "app.ts"),
      `import { App, TerraformStack } from "cdktf";
       import { DockerProvider } from "@cdktf/provider-docker/lib/provider";
       import { PrivateRegistry, type PrivateRegistryProps, RegistryStorage, RustFs } from "cdktf-private-registry";
       export const props: PrivateRegistryProps = { storage: RegistryStorage.rustfs({ console: { port: 9001 } }) };
       export const types: [typeof RustFs] = [RustFs];${APP}`,
    );
    // As `cdktf init` sets them; zod's own declarations need esModuleInterop under node10.
    const stock = {
      target: "es2022",
      strict: true,
      noEmit: true,
      esModuleInterop: true,
      skipLibCheck: true,
      types: ["node"],
    };
    const compilerOptions = { ...stock, module, moduleResolution };
    writeFileSync(join(root, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["app.ts"] }));
    expect(typeCheck(join(root, "tsconfig.json"))).toBe("");
  });

  test("brings the command line along", () => {
    cpSync("environments/local.yaml", join(root, "environments/local.yaml"));
    const cli = join(home, manifest.bin["private-registry"]);
    expect(run("node", [cli, "--version"]).trim()).toBe(manifest.version);
    expect(run("node", [cli, "synth", "local"])).toContain("docker login localhost:5000");
    expect(statSync(join(root, "cdktf.out/stacks/local/cdk.tf.json")).size).toBeGreaterThan(1000);
    expect(readdirSync(root)).not.toContain("secrets");
  });
});
