import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { RequiredProvider } from "../../constructs/values/required-providers";
import { type Product, placeProviderLock, providerLockPath } from "../../stacks";
import { command } from "../command";
import { Failure } from "../failure";
import { makePrivateFolder, PRIVATE_FOLDER } from "../private-files";
import { failed, passed, warning } from "../verify/check";
import type { Terraform } from "./terraform";

/** Where people and pipelines run this; each has its own checksum. */
export const PLATFORMS = ["linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64", "windows_amd64"];

/** What a lock says about a provider. */
export interface ProviderLock {
  readonly path: string;
  /** Name in the provider's registry. */
  readonly source: string;
  readonly version: string;
  /** Checksums of unpacked providers, one a platform: what an installed provider is compared with. */
  readonly unpacked: number;
  /** Checksums of archives: what a download is compared with, and an unpacked mirror is not. */
  readonly archives: number;
}

/** Reads the project's lock; none when there is none, or it does not know the provider. */
export function readProviderLock(product: Product, source: string): ProviderLock | undefined {
  const path = providerLockPath(product);
  if (!existsSync(path)) return undefined;
  const blocks = readFileSync(path, "utf8").split(/^(?=provider ")/m);
  const block = blocks.find((text) => text.split("\n", 1)[0]?.endsWith(`/${source}" {`));
  const version = block && /^\s*version\s*=\s*"([^"]+)"/m.exec(block)?.[1];
  if (!version) return undefined;
  const count = (scheme: string) => block.split(`"${scheme}:`).length - 1;
  return { path, source, version, unpacked: count("h1"), archives: count("zh") };
}

/**
 * What is to be said of a project's lock. One with checksums of archives only lets an unpacked mirror install anything: what is
 * unpacked is not compared with them.
 */
export function judgeProviderLock(product: Product, providers: readonly RequiredProvider[]) {
  const make = command("lock");
  const path = providerLockPath(product);
  if (!existsSync(path))
    return warning("none is kept: every clone takes the newest providers that fit", `${make}, and commit ${path}`);
  const locks: ProviderLock[] = [];
  for (const { source } of providers) {
    const lock = readProviderLock(product, source);
    if (!lock) return failed(`${path} does not know ${source}`, `${make}, and commit ${path}`);
    const text = `${source} ${lock.version}, ${path}`;
    if (lock.unpacked === 0)
      return failed(`${text}: no checksum of an installed provider (h1), so a changed one would pass`, make);
    if (lock.unpacked < 2 && lock.archives === 0)
      return warning(`${text}: the checksum of one platform only`, `${make}, for the others`);
    locks.push(lock);
  }
  const platforms = Math.min(...locks.map(({ unpacked }) => unpacked));
  return passed(
    `${locks.map(describe).join(", ")}, ${path}, ${platforms} ${platforms === 1 ? "platform" : "platforms"}`,
  );
}

/** Name and version, for people. */
export const describe = ({ source, version }: ProviderLock) => `${source} ${version}`;

export interface LockOptions {
  readonly platforms: readonly string[];
  /** A folder or a URL to take the provider from. @default - the provider's registry */
  readonly mirror?: string;
  /** Take the newest version that the stacks accept. @default - the locked one */
  readonly upgrade?: boolean;
}

/** @returns what the lock pins @throws Failure when none is kept, or it would let a changed provider pass */
export function requireProviderLock(product: Product, providers: readonly RequiredProvider[]): string | undefined {
  const { status, detail, remedy } = judgeProviderLock(product, providers);
  if (status === "failed" || !existsSync(providerLockPath(product)))
    throw new Failure(`The provider's lock: ${detail}`, remedy);
  return detail;
}

/** Writes the project's lock anew, with the checksums of every platform. @throws Failure */
export async function lockProvider(
  terraform: Terraform,
  providers: readonly RequiredProvider[],
  { platforms, mirror, upgrade = false }: LockOptions,
): Promise<ProviderLock[]> {
  const directory = join(PRIVATE_FOLDER, "lock");
  makePrivateFolder(PRIVATE_FOLDER);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
  try {
    const required = providers.map((provider) => [provider.source.split("/")[1], provider]);
    const config = { terraform: { required_providers: Object.fromEntries(required) } };
    writeFileSync(join(directory, "main.tf.json"), JSON.stringify(config));
    if (!upgrade) placeProviderLock(directory, terraform.product);
    const from =
      mirror === undefined ? [] : [mirror.includes("://") ? `-net-mirror=${mirror}` : `-fs-mirror=${resolve(mirror)}`];
    const args = ["providers", "lock", "-no-color", ...from, ...platforms.map((platform) => `-platform=${platform}`)];
    const { code, text } = await terraform.run(directory, args);
    if (code !== 0) {
      throw new Failure(
        `${terraform.product} cannot get the providers for ${platforms.join(", ")}`,
        "without a way to its registry: --mirror FOLDER-OR-URL, and --platform for each platform that is there",
        text.trim(),
      );
    }
    const path = providerLockPath(terraform.product);
    writeFileSync(`${path}.new`, readFileSync(join(directory, ".terraform.lock.hcl")));
    renameSync(`${path}.new`, path);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return providers.flatMap(({ source }) => readProviderLock(terraform.product, source) ?? []);
}
