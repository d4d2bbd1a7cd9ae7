import { withinLimit } from "../docker/engine-waits";
import { Failure } from "../failure";
import type { ExecResult } from "../runtime/runtime";
import type { Cluster } from "./connection";
import type { V1Pod, V1Status } from "./library";
import { mainContainer, podName } from "./pod";
import { execPath, message, openChannel, STREAM } from "./web-socket";

/** How a program in a pod ended. */
export interface Ending {
  /** Undefined: the program could not be started, or the connection ended before it. */
  readonly exitCode?: number;
  /** What is wrong besides its exit code. */
  readonly problem?: string;
}

type Executed = ExecResult & Ending;

/**
 * Runs a program in a pod.
 * @param line a line for its standard input, which then stays open, as on Docker. @default - no standard input
 * @param limitMs the program must have ended by then
 */
export async function execInPod(
  cluster: Cluster,
  pod: V1Pod,
  command: readonly string[],
  line?: string,
  limitMs = 60_000,
): Promise<Executed> {
  const container = mainContainer(pod)?.name ?? "";
  const path = execPath(cluster.namespace, podName(pod), container, command, line !== undefined);
  const output = { [STREAM.stdout]: [] as Buffer[], [STREAM.stderr]: [] as Buffer[], [STREAM.status]: [] as Buffer[] };
  const what = `exec in pod ${podName(pod)}`;
  const opening = openChannel(cluster, path, (stream, bytes) => output[stream as keyof typeof output]?.push(bytes));
  const channel = await withinLimit(
    what,
    limitMs,
    opening,
    () =>
      void opening.then(
        (one) => one.terminate(),
        () => {},
      ),
  );
  const ended = new Promise<void>((resolve) => {
    channel.on("close", () => resolve());
    channel.on("error", () => resolve());
  });
  if (line !== undefined) channel.send(message(STREAM.stdin, Buffer.from(`${line}\n`)));
  await withinLimit(what, limitMs, ended, () => channel.terminate());
  const text = (stream: keyof typeof output) => Buffer.concat(output[stream]).toString("utf8");
  return { stdout: text(STREAM.stdout), stderr: text(STREAM.stderr), ...endOf(text(STREAM.status)) };
}

/** @param text what came on the stream of the status */
export function endOf(text: string): Ending {
  if (text === "") return { problem: "the connection ended before the program did" };
  const { status, message: problem, details } = JSON.parse(text) as V1Status;
  if (status === "Success") return { exitCode: 0 };
  const code = details?.causes?.find(({ reason }) => reason === "ExitCode")?.message;
  return code === undefined ? { problem } : { exitCode: Number(code) };
}

/** Runs a program whatever it ends with. @throws Failure when it could not be run */
export async function runInPod(
  cluster: Cluster,
  pod: V1Pod,
  command: readonly string[],
  line?: string,
  limitMs?: number,
): Promise<ExecResult> {
  const { stdout, stderr, exitCode, problem } = await execInPod(cluster, pod, command, line, limitMs);
  if (exitCode === undefined)
    throw new Failure(`${command[0]} could not be run in pod ${podName(pod)}`, undefined, problem);
  return { stdout, stderr };
}

/** Runs a shell script. @returns what it printed @throws Error when it does not end with 0, with what it complained about */
export async function scriptInPod(
  cluster: Cluster,
  pod: V1Pod,
  script: string,
  args: readonly string[] = [],
  limitMs?: number,
): Promise<string> {
  const command = ["sh", "-c", script, "sh", ...args];
  const { stdout, stderr, exitCode, problem } = await execInPod(cluster, pod, command, undefined, limitMs);
  if (exitCode === 0) return stdout;
  const ended = exitCode === undefined ? problem : `ended with ${exitCode}: ${(stderr || stdout).trim()}`;
  throw new Error(`a script in ${podName(pod)} ${ended}`);
}
