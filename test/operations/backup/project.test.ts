import { mkdirSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Environment } from "../../../config";
import { projectFiles, sealProject } from "../../../operations/backup/project";
import type { Runtime } from "../../../operations/runtime/runtime";
import { writeSecrets } from "../../../operations/secrets/file";
import { inFolder } from "../in-folder";

inFolder();

const environment = {
  ...{ name: "prod", state: { backend: "local" } },
  registry: { tls: { mode: "none" } },
} as unknown as Environment;

test("environment files, secrets and state are found, and only what is there", () => {
  expect(projectFiles(environment)).toEqual([]);
  mkdirSync("environments");
  mkdirSync("state");
  for (const path of ["environments/prod.yaml", "environments/notes.txt", "state/prod.tfstate"])
    writeFileSync(path, "x");
  writeSecrets("secrets/prod.tfvars.json", { registry_http_secret: "of-prod" });
  writeSecrets("secrets/other.tfvars.json", { registry_http_secret: "of-other" });
  expect(projectFiles(environment).map(({ path }) => path)).toEqual([
    "environments/prod.yaml",
    "secrets/prod.tfvars.json",
    "state/prod.tfstate",
  ]);
});

/** The archive, opened with the password. */
async function opened(sealed: Uint8Array): Promise<string> {
  const { Decrypter } = await import("age-encryption");
  const decrypter = new Decrypter();
  decrypter.addPassphrase("a-long-password");
  return Buffer.from(await decrypter.decrypt(sealed)).toString();
}

test("what is kept of them is opened by age and the password", async () => {
  mkdirSync("environments", { recursive: true });
  writeFileSync("environments/prod.yaml", "registry: {}\n");
  writeSecrets("secrets/prod.tfvars.json", { registry_http_secret: "very-secret-value" });
  const sealed = await sealProject({} as Runtime, environment, "a-long-password", 10);
  expect(Buffer.from(sealed).toString("latin1")).toMatch(/^age-encryption\.org\/v1\n-> scrypt \S+ 10\n/);
  expect(Buffer.from(sealed).includes("very-secret-value")).toBe(false);
  const tar = await opened(sealed);
  for (const one of ["environments/prod.yaml", "secrets/prod.tfvars.json", "very-secret-value"])
    expect(tar).toContain(one);
});

test("a password is stretched as far as age does itself, unless said otherwise", async () => {
  const sealed = await sealProject({} as Runtime, environment, "a-long-password");
  expect(Buffer.from(sealed).toString("latin1")).toMatch(/^age-encryption\.org\/v1\n-> scrypt \S+ 18\n/);
});

test("certificates of Let's Encrypt are taken from their volume, and from no other", async () => {
  const tls = { mode: "lets-encrypt", email: "a@example.com", hosts: ["registry.example.com"] };
  const issued = { ...environment, registry: { tls } } as unknown as Environment;
  const mount = (Name: string) => ({ Name, Destination: `/${Name}` });
  const engine = (...Mounts: object[]) =>
    ({
      client: {
        getContainer: () => ({
          inspect: async () => ({ Mounts }),
          getArchive: async ({ path }: { path: string }) => [Buffer.from(`content of ${path}`)],
        }),
      },
    }) as unknown as Runtime;
  const sealed = (runtime: Runtime) => sealProject(runtime, issued, "a-long-password", 10).then(opened);
  const both = await sealed(engine(mount("prod-auth"), mount("prod-acme")));
  expect(both).toContain("prod-certificates.tar");
  expect(both).toContain("content of /prod-acme");
  expect(both).not.toContain("content of /prod-auth");
  expect(await sealed(engine(mount("prod-auth")))).not.toContain("prod-certificates.tar");
});

test("certificates of Let's Encrypt in a cluster come out of the registry's pod", async () => {
  const tls = { mode: "lets-encrypt", email: "a@example.com", hosts: ["registry.example.com"] };
  const issued = { ...environment, registry: { tls } } as unknown as Environment;
  const script = async (...asked: unknown[]) => {
    expect(asked).toEqual(["prod-registry", expect.stringContaining("tar "), ["/", "acme"]]);
    return `${Buffer.from("a tar").toString("base64")}\n`;
  };
  const sealed = await sealProject({ script } as unknown as Runtime, issued, "a-long-password", 10);
  expect(await opened(sealed)).toContain("a tar");
});
