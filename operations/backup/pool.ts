import { Failure } from "../failure";
import type { Copier, RcloneResult } from "./copier";
import { poolFailure, reasonOf } from "./pool-failure";
import type { CopyState } from "./rclone-log";
import { blobPath, digestOfBlob, parseSnapshot, type Snapshot } from "./snapshot";

/** Says what a target is, so that no backup is mixed with something else. */
const MARK = "private-registry-backup.json";

/** rclone's exit code for a folder that is not there. */
const NO_DIRECTORY = 3;

/** Files at a time. */
const TRANSFERS = "8";

/**
 * RustFS answers 503 for what it cannot read any more, as a busy server does. rclone's ten attempts of ten attempts each took more
 * than nine minutes for one damaged blob.
 */
const PATIENCE = ["--low-level-retries", "3", "--retries", "1", "--timeout", "60s"];

/** Names of rclone's remotes in the container that copies. */
export const POOL = "target:";
/** The target as it lies there, below what may be encrypted. */
const PLAIN = "plain:";

/** Where what else is needed to rebuild lies. */
export const projectPath = (snapshot: string): string => `project/${snapshot}.tar.age`;

/** Whose backups a target holds. */
export interface Mark {
  readonly environment: string;
  readonly encrypted: boolean;
}

/** What `verify` found of blobs, by digest. */
export interface Verified {
  /** Their content is what their name says. */
  readonly good: ReadonlySet<string>;
  readonly wrong: readonly string[];
  /** Not there, or not readable: with what rclone says. */
  readonly unreadable: ReadonlyMap<string, string>;
}

/** A target: blobs by digest, each once, that are only added to; snapshots that say which of them a registry had when. */
export class Pool {
  private readonly copier: Copier;
  private readonly target: string;

  constructor(copier: Copier, target: string) {
    this.copier = copier;
    this.target = target;
  }

  /**
   * Looks whose backups are kept there.
   * @returns nothing when the target is empty
   * @throws Failure when it cannot be read, or holds something else
   */
  public async mark(): Promise<Mark | undefined> {
    const mark = await this.copier.rclone(["cat", `${PLAIN}${MARK}`, "--retries", "1"]);
    if (mark.code === 0 && mark.output !== "") return markOf(mark.output, this.target);
    const top = await this.copier.rclone(["lsf", PLAIN, "--max-depth", "1", "--retries", "1"]);
    if (top.code !== 0 && top.code !== NO_DIRECTORY) throw this.failure("read", top);
    const others = top.output.split("\n").filter((one) => one !== "" && !one.startsWith("lost+found"));
    if (others.length === 0) return undefined;
    throw new Failure(
      `${this.target} holds something else than backups of a registry: ${others.slice(0, 3).join(", ")}`,
      "choose a target that is empty, or the one that backups were made to before",
    );
  }

  /** Makes the target an environment's. */
  public claim(mark: Mark): Promise<void> {
    return this.write(MARK, `${JSON.stringify({ version: 1, ...mark })}\n`, PLAIN);
  }

  /** Names of the snapshots, oldest first. */
  public async snapshots(): Promise<string[]> {
    const found = await this.copier.rclone(["lsf", `${POOL}snapshots`, "--files-only"]);
    if (found.code === NO_DIRECTORY) return [];
    if (found.code !== 0) throw this.failure("list the snapshots of", found);
    return found.output
      .split("\n")
      .flatMap((file) => /^([\dTZ-]+)\.json$/.exec(file)?.[1] ?? [])
      .sort();
  }

  public async snapshot(name: string): Promise<Snapshot> {
    return parseSnapshot(await this.read(`snapshots/${name}.json`), name);
  }

  public writeSnapshot(name: string, snapshot: Snapshot): Promise<void> {
    return this.write(`snapshots/${name}.json`, `${JSON.stringify(snapshot)}\n`);
  }

  /** Sizes of the blobs that are there, by digest, whatever is in them. */
  public async blobs(): Promise<Map<string, number>> {
    const found = await this.copier.rclone([
      "lsf",
      `${POOL}blobs`,
      "-R",
      "--files-only",
      "--fast-list",
      "--format",
      "sp",
    ]);
    if (found.code === NO_DIRECTORY) return new Map();
    if (found.code !== 0) throw this.failure("list", found);
    const lines = found.output.split("\n").flatMap((line) => {
      const [, size, path = ""] = /^(\d+);(.+)$/.exec(line) ?? [];
      const digest = digestOfBlob(path);
      return digest ? [[digest, Number(size)] as const] : [];
    });
    return new Map(lines);
  }

  /**
   * Copies blobs; those that are there already are copied again.
   * @param from where they are, e.g. `registry:bucket/docker/registry/v2/blobs`
   */
  public async copy(
    from: string,
    to: string,
    digests: readonly string[],
    onState?: (state: CopyState) => void,
  ): Promise<RcloneResult> {
    await this.copier.put("/work/blobs", `${digests.map(blobPath).join("\n")}\n`);
    const which = ["--files-from-raw", "/work/blobs", "--no-check-dest", "--transfers", TRANSFERS];
    return this.copier.rclone(["copy", from, to, ...which, ...PATIENCE], onState);
  }

  /**
   * Reads blobs and compares their content with their names: rclone knows the SHA-256 of no S3 object, so it has to read it.
   * @param of where they are: the pool, or a registry
   */
  public async verify(of: string, digests: readonly string[], onState?: (state: CopyState) => void): Promise<Verified> {
    const good = new Set<string>();
    const wrong: string[] = [];
    const unreadable = new Map<string, string>();
    for (const algorithm of new Set(digests.map((one) => one.slice(0, one.indexOf(":"))))) {
      const some = digests.filter((one) => one.startsWith(`${algorithm}:`));
      const sums = some.map((one) => `${one.slice(algorithm.length + 1)}  ${blobPath(one)}\n`).join("");
      await this.copier.put("/work/sums", sums);
      const paths = some.map((one) => `${blobPath(one)}\n`).join("");
      await this.copier.put("/work/which", paths);
      await this.copier.shell("rm -f /work/match /work/differ /work/missing /work/error");
      const reports = ["match", "differ", "missing-on-dst", "error"].flatMap((one) => [
        `--${one}`,
        `/work/${one.replace("-on-dst", "")}`,
      ]);
      const how = ["--download", "--checkers", TRANSFERS, "--files-from-raw", "/work/which", ...PATIENCE];
      const result = await this.copier.rclone(["checksum", algorithm, "/work/sums", of, ...how, ...reports], onState);
      const report = async (name: string) => {
        const text = await this.copier.shell(`cat /work/${name} 2>/dev/null || :`);
        return text.split("\n").flatMap((path) => digestOfBlob(path) ?? []);
      };
      for (const one of await report("match")) good.add(one);
      const messages = new Map(result.errors.flatMap(({ object, message }) => (object ? [[object, message]] : [])));
      const differing = await report("differ");
      wrong.push(...differing);
      for (const one of some) {
        if (good.has(one) || differing.includes(one)) continue;
        unreadable.set(one, reasonOf(messages.get(blobPath(one)) ?? result.errors.at(-1)?.message ?? "not there"));
      }
    }
    return { good, wrong, unreadable };
  }

  /** Removes blobs from the pool. */
  public async remove(digests: readonly string[]): Promise<void> {
    if (digests.length === 0) return;
    await this.copier.put("/work/remove", `${digests.map(blobPath).join("\n")}\n`);
    const result = await this.copier.rclone(["delete", `${POOL}blobs`, "--files-from-raw", "/work/remove"]);
    if (result.code !== 0) throw this.failure("remove blobs from", result);
  }

  /** Removes what copies that were killed have left, as far as that is allowed. */
  public async removeRests(): Promise<void> {
    await this.copier.rclone(["delete", `${POOL}blobs`, "--include", "*.partial", "--retries", "1"]);
  }

  public async removeSnapshot(name: string): Promise<void> {
    const result = await this.copier.rclone(["deletefile", `${POOL}snapshots/${name}.json`]);
    if (result.code !== 0) throw this.failure("remove a snapshot from", result);
    await this.copier.rclone(["deletefile", `${PLAIN}${projectPath(name)}`, "--retries", "1"]);
  }

  public async read(path: string): Promise<string> {
    const found = await this.copier.rclone(["cat", `${POOL}${path}`]);
    if (found.code !== 0 || found.output === "") throw this.failure(`read ${path} of`, found);
    return found.output;
  }

  /** Writes what is encrypted by itself, so that it can be opened without rclone. */
  public writeProject(snapshot: string, content: Uint8Array): Promise<void> {
    return this.write(projectPath(snapshot), Buffer.from(content), PLAIN);
  }

  /** A file's content; nothing when it is not there. */
  public async readIfThere(path: string): Promise<string | undefined> {
    const found = await this.copier.rclone(["cat", `${POOL}${path}`, "--retries", "1"]);
    return found.code === 0 && found.output !== "" ? found.output : undefined;
  }

  /** Removes a file, as far as that is allowed. */
  public async forget(path: string): Promise<void> {
    await this.copier.rclone(["deletefile", `${POOL}${path}`, "--retries", "1"]);
  }

  /** Writes a file whole or not at all. */
  public async write(path: string, content: string | Buffer, remote = POOL): Promise<void> {
    await this.copier.put("/work/file", content);
    const result = await this.copier.rclone(["copyto", "/work/file", `${remote}${path}`, "--no-check-dest"]);
    if (result.code !== 0) throw this.failure("write to", result);
  }

  /** @param otherwise what to say when rclone said nothing */
  public failure(what: string, result: RcloneResult, otherwise?: string): Failure {
    return poolFailure(`${what} ${this.target}`, result, otherwise);
  }
}

function markOf(text: string, target: string): Mark {
  try {
    const { version, environment, encrypted } = JSON.parse(text) as Partial<Mark> & { version?: number };
    if (version === 1 && typeof environment === "string") return { environment, encrypted: encrypted === true };
  } catch {
    // Said below.
  }
  throw new Failure(`${MARK} in ${target} is not what a backup writes there`, "choose a target that is empty");
}
