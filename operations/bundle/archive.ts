import { createHash } from "node:crypto";
import { closeSync, createReadStream, fstatSync, openSync, readSync } from "node:fs";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { Failure } from "../failure";
import { megabytes } from "../megabytes";
import { inStage, type Progress } from "../progress";
import { blobPath, CONTENTS, type Contents, FORMAT } from "./contents";

const BLOCK = 512;

interface Place {
  readonly offset: number;
  readonly size: number;
}

/** A bundle that was opened; whatever is read is read from the file, so it may be larger than memory. */
export class Archive {
  public readonly path: string;
  public readonly contents: Contents;
  private readonly places: ReadonlyMap<string, Place>;

  /** @throws Failure when the file is no bundle, was cut off, or has a layout of another release */
  public static async open(path: string): Promise<Archive> {
    const places = readPlaces(path);
    const [first] = places;
    if (first?.[0] !== CONTENTS) throw refused(path, "it is no bundle");
    const { offset, size } = first[1];
    try {
      const contents = JSON.parse(
        (await buffer(createReadStream(path, { start: offset, end: offset + size - 1 }))).toString(),
      ) as Contents;
      if (contents.format === FORMAT) return new Archive(path, contents, places);
      throw refused(path, `its layout is ${contents.format}, this release reads ${FORMAT}`, OTHER_RELEASE);
    } catch (error) {
      if (error instanceof Failure) throw error;
      throw refused(path, `${CONTENTS} cannot be read`);
    }
  }

  private constructor(path: string, contents: Contents, places: ReadonlyMap<string, Place>) {
    this.path = path;
    this.contents = contents;
    this.places = places;
  }

  public has(path: string): boolean {
    return this.places.has(path);
  }

  public size(path: string): number {
    return this.place(path).size;
  }

  public stream(path: string): AsyncIterable<Buffer> {
    const { offset, size } = this.place(path);
    return size === 0
      ? (async function* () {})()
      : createReadStream(this.path, { start: offset, end: offset + size - 1 });
  }

  /** Bytes of a file from one place to before another. */
  public part(path: string, from: number, to: number): Readable {
    const { offset } = this.place(path);
    return to === from
      ? Readable.from([])
      : createReadStream(this.path, { start: offset + from, end: offset + to - 1, highWaterMark: 1 << 20 });
  }

  public async read(path: string): Promise<Buffer> {
    return buffer(this.stream(path));
  }

  /** A manifest, by its digest. */
  public async json<T>(digest: string): Promise<T> {
    return JSON.parse((await this.read(blobPath(digest))).toString()) as T;
  }

  private place(path: string): Place {
    const place = this.places.get(path);
    if (!place) throw refused(this.path, `${path} is missing`);
    return place;
  }

  /**
   * Reads every byte and compares it with what `bundle.json` says, and the whole with a checksum if one is given.
   * @throws Failure at the first difference
   */
  public async verify(sha256: string | undefined, onProgress: (bytes: number) => void): Promise<void> {
    if (sha256) {
      const real = await hashOf(createReadStream(this.path), onProgress);
      if (real !== sha256.toLowerCase()) throw refused(this.path, `its SHA-256 is ${real}, not ${sha256}`);
    }
    const { files } = this.contents;
    for (const path of this.places.keys())
      if (path !== CONTENTS && !Object.hasOwn(files, path)) throw refused(this.path, `${path} is not in ${CONTENTS}`);
    for (const [path, sum] of Object.entries(files)) {
      if (!isSafe(path)) throw refused(this.path, `${JSON.stringify(path)} is no path that it may have`);
      if (this.size(path) !== sum.size)
        throw refused(this.path, `${path} has ${this.size(path)} bytes, not ${sum.size}`);
      const real = await hashOf(this.stream(path), onProgress);
      if (real !== sum.sha256) throw refused(this.path, `${path} is damaged: SHA-256 ${real}, not ${sum.sha256}`);
      const named = /^images\/blobs\/sha256\/(.*)$/.exec(path)?.[1];
      if (named !== undefined && named !== real) throw refused(this.path, `${path} holds what another digest names`);
    }
    for (const { digest } of this.contents.images) this.place(blobPath(digest));
  }
}

/** Opens a bundle whose every byte is what it should be. @param sha256 of the whole, if it is known @throws Failure */
export function openChecked(file: string, sha256: string | undefined, progress: Progress): Promise<Archive> {
  return inStage(progress, "check", async (stage) => {
    const archive = await Archive.open(file);
    let read = 0;
    await archive.verify(sha256, (more) => {
      read += more;
      stage.now(`${megabytes(read)} read`);
    });
    const files = Object.values(archive.contents.files);
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    return { value: archive, result: `${files.length} files, ${megabytes(bytes)}` };
  });
}

/** Below the folder that it is written to, whatever that is. */
function isSafe(path: string): boolean {
  return /^[\w@+.,-]+(\/[\w@+.,-]+)*$/.test(path) && !path.split("/").some((part) => part === "." || part === "..");
}

async function hashOf(pieces: AsyncIterable<Buffer>, onProgress: (bytes: number) => void): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of pieces) {
    hash.update(piece);
    onProgress(piece.length);
  }
  return hash.digest("hex");
}

/** Where each file lies in a tar archive as `bundle create` writes it: plain files, and zeros at the end. */
function readPlaces(path: string): Map<string, Place> {
  const places = new Map<string, Place>();
  const file = openFile(path);
  try {
    const { size: whole } = fstatSync(file);
    const head = Buffer.alloc(BLOCK);
    for (let offset = 0; ; ) {
      if (readSync(file, head, 0, BLOCK, offset) < BLOCK)
        throw refused(path, "it ends too early: the copy is incomplete");
      if (head.every((byte) => byte === 0)) {
        if (whole !== offset + 2 * BLOCK) throw refused(path, `it has ${whole} bytes, not ${offset + 2 * BLOCK}`);
        return places;
      }
      const { name, size } = parseHead(path, head, offset);
      if (places.has(name)) throw refused(path, `${name} is in it twice`);
      places.set(name, { offset: offset + BLOCK, size });
      offset += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    }
  } finally {
    closeSync(file);
  }
}

function parseHead(path: string, head: Buffer, offset: number): { name: string; size: number } {
  const text = (from: number, length: number) => head.toString("utf8", from, from + length).replace(/\0.*$/s, "");
  const sum = head.reduce((total, byte, n) => total + (n >= 148 && n < 156 ? 32 : byte), 0);
  if (text(257, 5) !== "ustar" || Number.parseInt(text(148, 8), 8) !== sum || text(156, 1) !== "0")
    throw refused(path, offset === 0 ? "it is no bundle" : `it is damaged at byte ${offset}`);
  return { name: [text(345, 155), text(0, 100)].filter(Boolean).join("/"), size: Number.parseInt(text(124, 12), 8) };
}

function openFile(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    throw new Failure(`${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`, "give the bundle's file");
  }
}

const OTHER_RELEASE = "use the release that is in it: tar -xf FILE package, then npm install --offline package/*.tgz";

function refused(
  path: string,
  why: string,
  remedy = "copy it again, and compare with the SHA-256 that `bundle create` printed",
): Failure {
  return new Failure(`${path} is refused, nothing was changed: ${why}`, remedy);
}
