/** A file for an archive. */
export interface TarFile {
  /** Without a leading slash. */
  readonly path: string;
  readonly content: Buffer;
  /** @default 0o444 */
  readonly mode?: number;
}

/** A tar archive (ustar); files belong to root and have no time. */
export function tarOf(files: readonly TarFile[]): Buffer {
  return Buffer.concat([...files.flatMap(entry), TAR_END]);
}

function entry({ path, content, mode }: TarFile): Buffer[] {
  return [tarHead(path, content.length, mode), content, tarPadding(content.length)];
}

/** What stands before a file's content. A path may have 255 characters when it can be cut at a slash: ustar has two fields. */
export function tarHead(path: string, size: number, mode = 0o444): Buffer {
  const [prefix, name] = split(path);
  const head = Buffer.alloc(512);
  head.write(name, 0, "utf8");
  const write = (text: string, offset: number) => head.write(text, offset, "latin1");
  write(`${octal(mode, 7)}\0`, 100);
  write("0000000\0", 108);
  write("0000000\0", 116);
  write(`${octal(size, 11)}\0`, 124);
  write(`${octal(0, 11)}\0`, 136);
  write("        ", 148);
  write("0", 156);
  write("ustar\x0000", 257);
  head.write(prefix, 345, "utf8");
  const sum = head.reduce((total, byte) => total + byte, 0);
  write(`${octal(sum, 6)}\0 `, 148);
  return head;
}

/** What stands after a file's content. */
export const tarPadding = (size: number) => Buffer.alloc((512 - (size % 512)) % 512);

/** What stands at the end of an archive. */
export const TAR_END = Buffer.alloc(1024);

/** Eleven octal digits count to 8 GiB. */
function octal(value: number, digits: number): string {
  const text = value.toString(8).padStart(digits, "0");
  if (text.length > digits) throw new Error(`too large for a tar archive: ${value}`);
  return text;
}

function split(path: string): [prefix: string, name: string] {
  if (Buffer.byteLength(path) <= 100) return ["", path];
  const cut = path.indexOf("/", path.length - 101);
  if (cut < 1 || cut > 155 || !/^[\x20-\x7e]+$/.test(path)) throw new Error(`too long for a tar archive: ${path}`);
  return [path.slice(0, cut), path.slice(cut + 1)];
}
