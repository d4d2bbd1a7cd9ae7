import type { RunningContainer, Runtime } from "../runtime/runtime";

/**
 * How many requests of clients a registry works on, as its debug server lists them, asked from inside; `serve.sh` reads the same.
 * @returns nothing when that cannot be found out
 */
export async function runningRequests(
  runtime: Runtime,
  container: string,
  { healthCommand }: Pick<RunningContainer, "healthCommand">,
): Promise<number | undefined> {
  const health = healthCommand.find((word) => word.startsWith("http://127.0.0.1:"));
  if (!health) return undefined;
  const url = new URL("/debug/pprof/goroutine?debug=1", health).href;
  const command = ["wget", "-Y", "off", "-q", "-O", "-", url];
  const { stdout } = await runtime.run(container, command, undefined, 5_000).catch(() => ({ stdout: "" }));
  return stdout.trim() === "" ? undefined : countRequests(stdout);
}

/** Goroutines with the same stack are told once, with their number before it. */
function countRequests(profile: string): number {
  let many = 0;
  let requests = 0;
  for (const line of profile.split("\n")) {
    many = Number(/^(\d+) @/.exec(line)?.[1] ?? many);
    if (/\/registry\/handlers\.\(\*App\)\.ServeHTTP\+/.test(line)) requests += many;
  }
  return requests;
}
