import { execFile } from "node:child_process";
import { promisify } from "node:util";

/**
 * Ends the Kubernetes provider of a Terraform that was asked to stop. The provider does not hear that while it waits for pods
 * (hashicorp/kubernetes 3.2.1 goes on for its ten minutes); without it Terraform writes the state, releases the lock, and ends.
 * @param terraform number of Terraform's process
 */
export async function endProvider(terraform: number): Promise<void> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid=,comm="]).catch(() => ({ stdout: "" }));
  for (const line of stdout.split("\n")) {
    const [, pid, parent, program = ""] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    // Linux cuts the name of a program after 15 characters.
    if (Number(parent) !== terraform || !/terraform-provi/.test(program)) continue;
    if (!(await isKubernetes(Number(pid)))) continue;
    try {
      process.kill(Number(pid), "SIGTERM");
    } catch {
      // It has ended by itself.
    }
  }
}

async function isKubernetes(pid: number): Promise<boolean> {
  const { stdout } = await promisify(execFile)("ps", ["-p", String(pid), "-o", "args="]).catch(() => ({ stdout: "" }));
  return stdout.includes("terraform-provider-kubernetes");
}
