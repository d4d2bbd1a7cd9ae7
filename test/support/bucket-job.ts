import { expect } from "vitest";
import { BucketInit, type BucketInitProps, DockerHost } from "../../constructs";
import { type Ended, run } from "./process";
import { find, synthesize } from "./synth";
import { unpack } from "./without-docker";

export type BucketJobProps = Pick<
  BucketInitProps,
  | "endpoint"
  | "servers"
  | "bucket"
  | "region"
  | "rootKeys"
  | "registryKeys"
  | "incompleteUploadDays"
  | "readyPath"
  | "waitSeconds"
>;

/** Everything that the script may start. `printf` is not among them: a shell's own has no arguments that others can read. */
export const BUCKET_JOB_COMMANDS = [
  "curl",
  "date",
  "grep",
  "head",
  "mktemp",
  "rm",
  "sed",
  "sha256sum",
  "sleep",
  "tr",
  "wc",
] as const;

/** The script failed and said one line, with this in it. */
export function expectOneLine({ code, stderr }: Ended, what: string | RegExp): void {
  expect(code).toBe(1);
  expect(stderr.trimEnd().split("\n")).toEqual([expect.stringContaining("bucket-init: failed: ")]);
  expect(stderr).toMatch(what);
}

/**
 * Runs the bucket job as a process: its script, files and variables as `BucketInit` describes them.
 *
 * @param shell what runs the script. @default - the container's own: /bin/sh
 * @param path where its commands are looked for. @default - PATH
 */
export function runBucketJob(
  props: BucketJobProps,
  directory: string,
  { shell, path }: { shell?: readonly string[]; path?: string } = {},
): Promise<Ended> {
  const stack = synthesize((scope) => {
    const container = { platform: new DockerHost(), name: "bucket-init", image: "image", network: { id: "network" } };
    new BucketInit(scope, "job", { ...container, ...props });
  });
  const replace = { "/job": `${directory}/job`, "/run/secrets": `${directory}/run/secrets` };
  const { entrypoint, environment } = unpack(find(stack, "docker_container", "job"), directory, replace);
  const [sh = "", script = ""] = entrypoint;
  const [command = "", ...args] = [...(shell ?? [sh]), script];
  return run(command, args, { environment: { ...environment, ...(path && { PATH: path }) }, timeoutMs: 60_000 });
}
