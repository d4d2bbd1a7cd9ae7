import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Archive } from "../../../operations/bundle/archive";
import { type CreateOptions, createBundle } from "../../../operations/bundle/create";
import { loadBundle, setMirror } from "../../../operations/bundle/load";
import { newFiles, writeNewFiles, writeProviders } from "../../../operations/bundle/load-files";
import { readEnvironmentFiles, readEnvironments } from "../../../operations/environments";
import { UNINTERRUPTED } from "../../../operations/interruption";
import type { Progress } from "../../../operations/progress";
import { Terraform } from "../../../operations/terraform/terraform";
import { inFolder } from "../in-folder";
import { SmallRegistry } from "./small-registry";

inFolder();

const PROVIDERS = ["registry.terraform.io", "registry.opentofu.org"].flatMap((host) => [
  `mirror/${host}/kreuzwerker/docker/terraform-provider-docker_4.5.0_linux_amd64.zip`,
  `mirror/${host}/kreuzwerker/docker/4.4.0/linux_amd64/terraform-provider-docker_v4.4.0`,
  `mirror/${host}/hashicorp/null/3.2.4/linux_amd64/terraform-provider-null_v3.2.4_x5`,
]);

const SILENT: Progress = { stage: () => ({ now() {}, line() {}, done() {}, failed() {} }) };
let registry: SmallRegistry;

beforeEach(async () => {
  registry = new SmallRegistry();
  await registry.listen();
  write("environments/lab.yaml", environment(`@${registry.digest}`));
  write("secrets/lab.tfvars.json", '{"registry_htpasswd": "a secret"}');
  for (const path of PROVIDERS) write(path, path);
});
afterEach(() => registry.close());

const environment = (pin: string) =>
  [
    "images: # a comment",
    `  distribution: 127.0.0.1:${registry.port}/library/registry:1${pin}`,
    `  rustfs: 127.0.0.1:${registry.port}/rustfs/rustfs:1${pin}`,
    "registry:",
    "  host: localhost",
    "",
  ].join("\n");

function write(path: string, content: string | Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

function create(output: string, more: Partial<CreateOptions> = {}) {
  return createBundle({
    ...{ environments: readEnvironments(), files: readEnvironmentFiles(), platforms: ["linux/amd64"], output },
    ...{
      providers: "mirror",
      rclone: "",
      terraform: new Terraform("terraform", {}),
      variables: { DOCKER_CONFIG: "." },
    },
    ...{ progress: SILENT, interruption: UNINTERRUPTED },
    pack: () => ({ name: "program-1.0.0.tgz", content: Buffer.from("packed"), packages: [] }),
    ...more,
  });
}

const load = (file: string, sha256?: string) =>
  loadBundle({ file, sha256, port: 5999, variables: {}, progress: SILENT, interruption: UNINTERRUPTED });

describe("create", () => {
  test("writes the same bytes for the same input, and their SHA-256", async () => {
    const { sha256 } = await create("one.tar");
    for (const path of PROVIDERS) utimesSync(path, 1, 1);
    expect((await create("two.tar")).sha256).toBe(sha256);
    expect(readFileSync("one.tar").equals(readFileSync("two.tar"))).toBe(true);
    expect(createHash("sha256").update(readFileSync("one.tar")).digest("hex")).toBe(sha256);
  });

  test("holds the index as it was published, the wanted platform, archives before programs, and no secret", async () => {
    await create("one.tar");
    const { contents } = await Archive.open("one.tar");
    const paths = Object.keys(contents.files);
    const [amd64 = "", arm64 = ""] = registry.layers.map((digest) => `images/blobs/${digest.replace(":", "/")}`);
    expect(paths).toContain(`images/blobs/${registry.digest.replace(":", "/")}`);
    expect(paths).toContain(amd64);
    expect(paths).not.toContain(arm64);
    expect(paths.filter((path) => path.startsWith("providers/")).sort()).toEqual(
      PROVIDERS.filter((path) => !path.includes("4.4.0"))
        .map((path) => path.replace("mirror", "providers"))
        .sort(),
    );
    expect(contents.images.map(({ digest, role }) => [role, digest])).toEqual([
      ["distribution", registry.digest],
      ["rustfs", registry.digest],
    ]);
    expect(readFileSync("one.tar").includes("a secret")).toBe(false);
    expect(paths).toEqual([...paths].sort());
  });

  test("takes every wanted platform", async () => {
    for (const path of PROVIDERS) write(path.replaceAll("linux_amd64", "linux_arm64"), path);
    await create("one.tar", { platforms: ["linux/amd64", "linux/arm64"] });
    const { contents } = await Archive.open("one.tar");
    for (const digest of registry.layers)
      expect(contents.files).toHaveProperty([`images/blobs/${digest.replace(":", "/")}`]);
  });

  test("pins what has no digest", async () => {
    write("environments/lab.yaml", environment(""));
    await create("one.tar");
    expect((await Archive.open("one.tar")).contents.images[0]?.digest).toBe(registry.digest);
  });

  test("goes on where a connection broke", async () => {
    registry.cutAfter = 30_000;
    await create("one.tar");
    await (await Archive.open("one.tar")).verify(undefined, () => {});
    expect(registry.requests.some((request) => request.endsWith("bytes=30000-"))).toBe(true);
  });

  test("leaves nothing behind when a layer or a manifest is another than its digest says", async () => {
    const [layer = ""] = registry.layers;
    registry.content.set(layer, Buffer.alloc(100_000, "other"));
    await expect(create("one.tar")).rejects.toThrow(/arrived damaged/);
    registry.content.set(registry.digest, Buffer.from("{}"));
    await expect(create("one.tar")).rejects.toThrow(/has other content/);
    expect(readdirSync(".").filter((name) => name.startsWith("one"))).toEqual([]);
  });

  test("stops when asked, while it writes, and leaves nothing behind", async () => {
    const gentle = new AbortController();
    let trapped = 0;
    const trap = () => {
      trapped += 1;
      return () => {
        trapped -= 1;
      };
    };
    const interruption = { gentle: gentle.signal, hard: UNINTERRUPTED.hard, trap };
    const seen: number[] = [];
    const now = (text: string) => {
      if (trapped && text.includes(": ")) gentle.abort();
      seen.push(trapped);
    };
    const progress: Progress = { stage: () => ({ now, line() {}, done() {}, failed() {} }) };
    await expect(create("one.tar", { interruption, progress })).rejects.toThrow("Stopped. No bundle was written.");
    expect(readdirSync(".").filter((name) => name.startsWith("one"))).toEqual([]);
    expect([seen.at(-1), trapped]).toEqual([1, 0]);
  });

  test("refuses an image of one platform for another", async () => {
    write("environments/lab.yaml", environment(`@${registry.amd64}`));
    await create("one.tar");
    await expect(create("two.tar", { platforms: ["linux/amd64", "linux/arm64"] })).rejects.toMatchObject({
      message: expect.stringMatching(/registry:1@\S+ is not published for linux\/arm64/),
      remedy: "it is for linux/amd64",
    });
    expect(existsSync("two.tar")).toBe(false);
  });

  test("takes an artifact, which is for no platform", async () => {
    const artifact = `127.0.0.1:${registry.port}/team/chart:2@${registry.attestation}`;
    await create("one.tar", { images: [artifact] });
    expect((await Archive.open("one.tar")).contents.images.map(({ name }) => name)).toContain(artifact);
  });

  test("refuses a platform that was not published, providers that are not there, and a file that exists", async () => {
    for (const path of PROVIDERS) write(path.replaceAll("linux_amd64", "windows_amd64"), path);
    await expect(create("one.tar", { platforms: ["linux/riscv64"] })).rejects.toThrow(
      /not published for linux\/riscv64/,
    );
    await expect(create("one.tar", { platforms: ["linux/amd64", "darwin/arm64"] })).rejects.toThrow(
      /mirror does not hold/,
    );
    write("one.tar", "");
    await expect(create("one.tar")).rejects.toThrow(/exists/);
  });
});

describe("load refuses, and changes nothing", () => {
  let whole: Buffer;
  let sha256: string;
  beforeEach(async () => {
    ({ sha256 } = await create("one.tar"));
    whole = readFileSync("one.tar");
    // The other side has no environment; were its engine asked, that would be another error.
    mkdirSync("other");
    process.chdir("other");
  });

  const cases: [string, RegExp, (bundle: Buffer) => Buffer][] = [
    ["one that was cut off in a file", /ends too early/, (bundle) => bundle.subarray(0, bundle.length - 5_000)],
    ["one without its end", /ends too early|bytes, not/, (bundle) => bundle.subarray(0, bundle.length - 512)],
    ["one with something after its end", /bytes, not/, (bundle) => Buffer.concat([bundle, Buffer.alloc(512)])],
    ["a layer with another byte", /is damaged: SHA-256/, (bundle) => flip(bundle, bundle.indexOf("amd64amd64"))],
    [
      "an environment file with another byte",
      /lab\.yaml is damaged/,
      (bundle) => flip(bundle, bundle.indexOf("# a comment")),
    ],
    [
      "a header with another byte",
      /damaged at byte|is missing|is not in/,
      (bundle) => flip(bundle, bundle.indexOf("environments/lab.yaml\0")),
    ],
    ["no bundle at all", /it is no bundle/, () => Buffer.alloc(4096, "x")],
    ["another layout", /its layout is 9/, (bundle) => replace(bundle, '"format": 1', '"format": 9')],
    [
      "a path that leads out",
      /no path that it may have/,
      (bundle) => rename(bundle, "environments/lab.yaml", "environments/../../x"),
    ],
    [
      "a layer that was exchanged together with its checksum",
      /holds what another digest names/,
      (bundle) => {
        const [layer = ""] = registry.layers;
        const other = Buffer.alloc(100_000, "other");
        const sum = createHash("sha256").update(other).digest("hex");
        const at = bundle.indexOf("amd64amd64");
        const changed = Buffer.concat([bundle.subarray(0, at), other, bundle.subarray(at + other.length)]);
        return replace(changed, `"sha256": "${layer.slice(7)}"`, `"sha256": "${sum}"`);
      },
    ],
  ];
  test.each(cases)("%s", async (_, message, change) => {
    writeFileSync("../bad.tar", change(Buffer.from(whole)));
    await expect(load("../bad.tar")).rejects.toThrow(message);
    expect(readdirSync(".")).toEqual([]);
  });

  test("one that is whole and another than was promised", async () => {
    await expect(
      load(
        "../one.tar",
        sha256.replace(/^./, (digit) => (digit === "0" ? "1" : "0")),
      ),
    ).rejects.toThrow(/its SHA-256 is/);
    await expect(load("../none.tar")).rejects.toThrow(/cannot be read: ENOENT/);
    expect(readdirSync(".")).toEqual([]);
  });

  test("one for an engine that does not answer", async () => {
    process.chdir("..");
    write("environments/lab.yaml", `${environment(`@${registry.digest}`)}docker: { host: "unix:///nowhere.sock" }\n`);
    await create("far.tar");
    process.chdir("other");
    await expect(load("../far.tar")).rejects.toThrow(/nowhere\.sock/);
    expect(readdirSync(".")).toEqual([]);
  });
});

describe("load", () => {
  test("writes environment files that are not there, and leaves the others", async () => {
    await create("one.tar");
    const archive = await Archive.open("one.tar");
    expect([...(await newFiles(archive)).files.keys()]).toEqual([]);
    mkdirSync("other");
    process.chdir("other");
    writeNewFiles(await newFiles(await Archive.open("../one.tar")));
    expect(readFileSync("environments/lab.yaml", "utf8")).toContain("# a comment");
  });

  test("writes the providers, and a configuration of Terraform's that names no network", async () => {
    await create("one.tar");
    await writeProviders(await Archive.open("one.tar"));
    await writeProviders(await Archive.open("one.tar"));
    const [packed = ""] = PROVIDERS;
    expect(readFileSync(packed.replace("mirror", ".private-registry/providers"), "utf8")).toBe(packed);
    const text = readFileSync(".private-registry/terraform.rc", "utf8");
    expect(text).toContain(`path = "${process.cwd()}/.private-registry/providers"`);
    expect(text).not.toContain("direct");
    expect(existsSync(".private-registry/providers.new")).toBe(false);
  });

  test("sets the mirror and keeps comments", () => {
    setMirror("environments/lab.yaml", "127.0.0.1:5999");
    const text = readFileSync("environments/lab.yaml", "utf8");
    expect(text).toContain("# a comment");
    expect(readEnvironments()[0]?.images.mirror).toBe("127.0.0.1:5999");
  });
});

function flip(bundle: Buffer, at: number): Buffer {
  expect(at).toBeGreaterThan(0);
  bundle[at] = (bundle[at] ?? 0) ^ 1;
  return bundle;
}

function replace(bundle: Buffer, from: string, to: string): Buffer {
  expect(from.length).toBe(to.length);
  const at = bundle.indexOf(from);
  expect(at).toBeGreaterThan(0);
  bundle.write(to, at);
  return bundle;
}

/** In the header, whose checksum is made right again, and in `bundle.json`. */
function rename(bundle: Buffer, from: string, to: string): Buffer {
  const padded = to.padEnd(from.length, "y");
  replace(bundle, JSON.stringify(from), JSON.stringify(padded));
  const at = bundle.indexOf(`${from}\0`);
  bundle.write(padded, at);
  const head = bundle.subarray(at, at + 512);
  head.write("        ", 148);
  head.write(
    `${head
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
    148,
  );
  return bundle;
}
