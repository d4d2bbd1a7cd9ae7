import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { RegistryImages } from "../../../constructs";
import { DOCKER_PROVIDER, NULL_PROVIDER } from "../../../constructs/values/required-providers";
import { hasStartInterval } from "../../../operations/docker/docker";
import { run } from "../../support/process";
import { onPath } from "../../support/tools";

/** What the end-to-end tier found on the machine. */
export interface Needs {
  /** The `docker` section that environments need there. */
  readonly docker: { readonly olderThan25: boolean };
  /** What is missing, for the title of what is skipped. */
  readonly missing?: string;
  /** `terraform` or `tofu`. */
  readonly terraform: string;
  /** Images to deploy: the pinned ones, or what carries their tags on this machine. */
  readonly images: { readonly distribution: string; readonly rustfs: string };
}

/** Variables that Docker and Terraform need to find what belongs to the user; no secrets among them. */
export function toolEnvironment(): Record<string, string> {
  const names = ["HOME", "DOCKER_HOST", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY", "TF_PLUGIN_CACHE_DIR"];
  // Terraform warns about one that is named but missing, on every call.
  if (existsSync(process.env.TF_CLI_CONFIG_FILE ?? "")) names.push("TF_CLI_CONFIG_FILE");
  const found = names.flatMap((name) => (process.env[name] ? [[name, process.env[name]] as [string, string]] : []));
  return { ...Object.fromEntries(found), CHECKPOINT_DISABLE: "1" };
}

/** `terraform` or `tofu`, or what `TERRAFORM_BINARY_NAME` names; empty: there is none. */
export function findTerraform(): string {
  return process.env.TERRAFORM_BINARY_NAME ?? ["terraform", "tofu"].find((name) => onPath(name)) ?? "";
}

/** Looks for Docker Engine, Terraform or OpenTofu, the Docker provider where Terraform looks for it, and both images. */
export async function findNeeds(): Promise<Needs> {
  const terraform = findTerraform();
  const environment = toolEnvironment();
  const missing: string[] = [];
  const images = { distribution: "", rustfs: "" };
  const docker = { olderThan25: false };
  if (!onPath(terraform) && !(isAbsolute(terraform) && existsSync(terraform)))
    missing.push("no terraform or tofu on PATH");
  if (!(await succeeds("docker", ["info"], environment))) missing.push("no Docker Engine that answers `docker info`");
  if (missing.length === 0) {
    docker.olderThan25 = await isOlderThan25(environment);
    if (!(await hasProviders(terraform, { docker: DOCKER_PROVIDER, null: NULL_PROVIDER })))
      missing.push("no providers kreuzwerker/docker ~> 4.5 and hashicorp/null ~> 3.2 that init finds");
    const pinned = new RegistryImages();
    for (const name of ["distribution", "rustfs"] as const) {
      const image = await findImage(pinned[name].toString());
      if (image.missing) missing.push(image.missing);
      else images[name] = image.name;
    }
  }
  return { missing: missing.join("; ") || undefined, terraform, images, docker };
}

/** Whether `init` finds providers where Terraform looks for them. */
export async function hasProviders(terraform: string, required_providers: object): Promise<boolean> {
  const directory = mkdtempSync(join(tmpdir(), "needs-"));
  try {
    writeFileSync(join(directory, "main.tf.json"), JSON.stringify({ terraform: { required_providers } }));
    return await succeeds(terraform, [`-chdir=${directory}`, "init", "-input=false"], toolEnvironment());
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function isOlderThan25(environment: Record<string, string>): Promise<boolean> {
  const { stdout } = await run("docker", ["version", "--format", "{{.Server.APIVersion}}"], { environment });
  return !hasStartInterval({ apiVersion: stdout.trim() });
}

/** @returns a pinned image, or what carries its tag on this machine */
export async function findImage(pinned: string): Promise<{ name: string; missing?: string }> {
  const environment = toolEnvironment();
  const tagged = pinned.replace(/@.*/, "");
  for (const name of [pinned, tagged])
    if (await succeeds("docker", ["image", "inspect", name], environment)) return { name };
  if (await succeeds("docker", ["pull", "--quiet", pinned], environment)) return { name: pinned };
  return { name: "", missing: `no image ${tagged}, neither here nor to be pulled` };
}

async function succeeds(command: string, args: string[], environment: Record<string, string>): Promise<boolean> {
  const { code } = await run(command, args, { environment, timeoutMs: 180_000 }).catch(() => ({ code: 1 }));
  return code === 0;
}
