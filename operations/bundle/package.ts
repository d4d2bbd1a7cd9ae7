import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { type TarFile, tarOf } from "../docker/tar";
import { Failure } from "../failure";

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** A package in the closure. */
export interface ClosedPackage {
  readonly folder: string;
  readonly manifest: PackageJson;
  /** Where it lies in the archive, from its top: `node_modules/zod`. */
  readonly place: string;
}

export interface PackedPackage {
  /** `cdktf-private-registry-0.1.0.tgz`. */
  readonly name: string;
  readonly content: Buffer;
  readonly packages: readonly ClosedPackage[];
}

/** This program's own folder. */
const HOME = realpathSync(join(__dirname, __dirname.includes(`${join("dist", "operations")}`) ? "../../.." : "../.."));

/**
 * This package with everything that it needs, as one archive that npm takes without a network: what is bundled is not asked
 * for. What is built for one platform, and only makes things faster, is left out.
 */
export function packPackage(home = HOME): PackedPackage {
  if (existsSync(join(home, "cli", "main.ts"))) build(home);
  const own = readPackage(home);
  const packages = closureOf({ folder: home, manifest: own, place: "" });
  const exact = Object.fromEntries(
    packages
      .filter(({ place }) => place.lastIndexOf("node_modules/") === 0)
      .map(({ manifest }) => [manifest.name, manifest.version])
      .sort(([a = ""], [b = ""]) => (a < b ? -1 : 1)),
  );
  const {
    devDependencies: _,
    peerDependencies: __,
    scripts: ___,
    ...kept
  } = own as PackageJson & Record<string, unknown>;
  const manifest = { ...kept, dependencies: exact, bundleDependencies: Object.keys(exact) };
  const files: TarFile[] = [
    { path: "package/package.json", content: Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`), mode: 0o644 },
    ...ownFiles(home).map((path) => file(home, path, "package")),
    ...packages.flatMap(({ folder, place }) => filesOf(folder).map((path) => file(folder, path, `package/${place}`))),
  ];
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return {
    name: `${own.name}-${own.version}.tgz`,
    content: gzipSync(tarOf(files), { level: 6 }),
    packages: [{ folder: home, manifest: own, place: "" }, ...packages],
  };
}

/** A checkout runs its sources; what is carried elsewhere is what would be published. */
function build(home: string): void {
  try {
    execFileSync("npm", ["run", "build", "--silent"], { cwd: home, stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    throw new Failure("This checkout cannot be built", "npm run build says why", String(error));
  }
}

/** Every package that one needs, each where Node will find it: as high as it may lie. */
function closureOf(top: ClosedPackage): ClosedPackage[] {
  const placed = new Map<string, ClosedPackage>();
  const queue = [top];
  for (let parent = queue.shift(); parent; parent = queue.shift()) {
    for (const name of needs(parent.manifest)) {
      const folder = resolvePackage(parent.folder, name);
      if (!folder) throw new Failure(`${name}, which ${parent.manifest.name} needs, is not installed`, "npm ci");
      const seen = lookUp(placed, parent.place, name);
      if (seen?.folder === folder) continue;
      const place = seen ? join(parent.place, "node_modules", name) : join("node_modules", name);
      const one = { folder, manifest: readPackage(folder), place };
      placed.set(place, one);
      queue.push(one);
    }
  }
  return [...placed.values()];
}

function needs({ dependencies, optionalDependencies = {}, peerDependencies = {}, peerDependenciesMeta }: PackageJson) {
  const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta?.[name]?.optional);
  const names = Object.keys(dependencies ?? {}).filter((name) => !(name in optionalDependencies));
  return [...new Set([...names, ...peers])].sort();
}

/** What Node finds from a place, among what was placed already. */
function lookUp(placed: ReadonlyMap<string, ClosedPackage>, from: string, name: string): ClosedPackage | undefined {
  for (let place = from; ; place = place.slice(0, Math.max(0, place.lastIndexOf("node_modules/") - 1))) {
    const found = placed.get(join(place, "node_modules", name));
    if (found || place === "") return found;
  }
}

function resolvePackage(from: string, name: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const found = join(folder, "node_modules", name);
    if (existsSync(join(found, "package.json"))) return realpathSync(found);
    if (dirname(folder) === folder) return undefined;
  }
}

const readPackage = (folder: string) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as PackageJson;

/** What `files` of package.json names, and what npm adds. */
function ownFiles(home: string): string[] {
  const names = ["LICENSE", "README.md", "bin/private-registry.js"].filter((name) => existsSync(join(home, name)));
  return [...names, ...filesOf(join(home, "dist")).map((path) => join("dist", path))];
}

/** Files of a package, without the packages in it. */
function filesOf(folder: string, below = ""): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((one) => {
    const path = join(below, one.name);
    if (one.isDirectory()) return one.name === "node_modules" ? [] : filesOf(folder, path);
    return one.isFile() && !one.name.endsWith(".node") ? [path] : [];
  });
}

function file(folder: string, path: string, place: string): TarFile {
  const from = join(folder, path);
  const isProgram = (statSync(from).mode & 0o100) !== 0;
  return { path: join(place, relative(folder, from)), content: readFileSync(from), mode: isProgram ? 0o755 : 0o644 };
}
