import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { writeFile } from "../support/registry-process";
import { issue } from "../support/x509";

const EXAMPLES = resolve("examples");

/** What each example must hold: its stacks, with the names of their containers. */
const EXPECTED: Record<string, Record<string, string[]>> = {
  minimal: { registry: whole("registry") },
  "external-s3": { registry: ["registry-htpasswd", "registry-registry", "registry-storage-proof"] },
  "several-environments": {
    "registry-dev": whole("registry-dev"),
    "registry-production": whole("registry-production"),
    "registry-staging": whole("registry-staging"),
  },
  "inside-an-existing-stack": { platform: [...whole("build"), "runner"] },
  "behind-a-proxy": { registry: whole("registry") },
  "pull-through-cache": { registry: [...whole("hub-cache"), ...whole("registry")] },
  kubernetes: {
    "on-docker": whole("registry"),
    // Users are a Secret there, and several registries leave the purging of uploads to one container.
    "on-kubernetes": ["bucket-init", "purger", "registry", "rustfs"].map((noun) => `registry-${noun}`),
  },
};

const synthesized = new Map<string, ReturnType<typeof readStacks>>();
const folders = readdirSync(EXAMPLES).filter((name) => existsSync(join(EXAMPLES, name, "main.ts")));

test("every example is listed, here and in the index", () => {
  const index = readFileSync(join(EXAMPLES, "README.md"), "utf8");
  expect(folders.sort()).toEqual(Object.keys(EXPECTED).sort());
  expect([...index.matchAll(/^\| \[(.*?)\]/gm)].map(([, name]) => name).sort()).toEqual(folders.sort());
});

describe.each(folders)("%s", (name) => {
  test("says in a few lines what it shows", () => {
    const lines = readFileSync(join(EXAMPLES, name, "README.md"), "utf8")
      .trimEnd()
      .split("\n");
    expect(lines.length).toBeGreaterThanOrEqual(5);
    expect(lines.length).toBeLessThanOrEqual(15);
  });

  test("imports what a user imports", () => {
    const modules = [...readFileSync(join(EXAMPLES, name, "main.ts"), "utf8").matchAll(/from "(.*)"/g)].map(
      ([, m]) => m,
    );
    expect(
      modules.filter((module) => !/^(cdktf|constructs|cdktf-private-registry|@cdktf\/.*)$/.test(module ?? "")),
    ).toEqual([]);
    expect(modules).toContain("cdktf-private-registry");
  });

  test("is synthesised", () => {
    const stacks = synthesize(name);
    expect(Object.fromEntries([...stacks].map(([stack, { containers }]) => [stack, containers]))).toEqual(
      EXPECTED[name],
    );
  });
});

test("the cache beside a registry keeps one upstream and secrets of its own", () => {
  const { json } = synthesize("pull-through-cache").get("registry") ?? {};
  const text = JSON.stringify(json);
  expect(text).toContain("https://registry-1.docker.io");
  expect(Object.keys(json.variable)).toEqual(
    expect.arrayContaining(["registry_http_secret", "hub_cache_registry_http_secret"]),
  );
});

test("everything of a registry in an existing stack goes to the host that was named", () => {
  const { json } = synthesize("inside-an-existing-stack").get("platform") ?? {};
  const resources = Object.entries(json.resource as Record<string, Record<string, { provider?: string }>>)
    .filter(([type]) => type.startsWith("docker_"))
    .flatMap(([, all]) => Object.values(all));
  expect(new Set(resources.map(({ provider }) => provider))).toEqual(new Set(["docker.build"]));
});

/** What an example writes. All of them are run at the first call: most of the time goes into loading what they import. */
function synthesize(name: string) {
  if (synthesized.size === 0) runAll();
  return synthesized.get(name) ?? new Map();
}

/** Runs every example in an empty folder of its own, with the package's name leading to its sources. */
function runAll(): void {
  const root = mkdtempSync(join(tmpdir(), "examples-"));
  try {
    // What people bring along: synthesis looks at the certificate.
    const { certificate, key } = issue("registry.example.com", { names: ["registry.example.com"] });
    for (const name of folders) {
      writeFile(join(root, name, "tls/registry.pem"), certificate);
      writeFile(join(root, name, "tls/registry.key"), key);
    }
    const program = folders
      .map((name) => [join(root, name), pathToFileURL(join(EXAMPLES, name, "main.ts")).href])
      .map(([folder, file]) => `process.chdir(${JSON.stringify(folder)}); await import(${JSON.stringify(file)});`);
    const loader = resolve("node_modules/tsx/dist/loader.mjs");
    execFileSync("node", ["--import", loader, "--input-type=module", "--eval", program.join("\n")], {
      env: { ...process.env, TSX_TSCONFIG_PATH: resolve("tsconfig.json") },
      stdio: "pipe",
    });
    for (const name of folders) synthesized.set(name, readStacks(join(root, name, "cdktf.out/stacks")));
  } finally {
    rmSync(root, { recursive: true });
  }
}

function readStacks(folder: string) {
  return new Map(
    readdirSync(folder).map((stack) => {
      const json = JSON.parse(readFileSync(join(folder, stack, "cdk.tf.json"), "utf8"));
      return [stack, { json, containers: containerNames(json.resource).sort() }];
    }),
  );
}

/** Containers on a Docker host; on Kubernetes what stands for each of them. */
function containerNames(resources: Record<string, Record<string, { name: string; metadata: { name: string } }>>) {
  const of = (type: string) => Object.values(resources[type] ?? {});
  const workloads = ["deployment", "stateful_set", "job"].flatMap((kind) => of(`kubernetes_${kind}_v1`));
  return [...of("docker_container").map(({ name }) => name), ...workloads.map(({ metadata }) => metadata.name)];
}

function whole(name: string): string[] {
  return ["bucket-init", "htpasswd", "registry", "rustfs"].map((noun) => `${name}-${noun}`);
}
