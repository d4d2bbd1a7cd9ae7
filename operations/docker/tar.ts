/** A file for an archive. */
export interface TarFile {
  /** Without a leading slash, at most 100 characters. */
  readonly path: string;
  readonly content: Buffer;
  /** @default 0o444 */
  readonly mode?: number;
}

/** A tar archive (ustar); files belong to root and have no time. */
export function tarOf(files: readonly TarFile[]): Buffer {
  return Buffer.concat([...files.flatMap(entry), Buffer.alloc(1024)]);
}

function entry({ path, content, mode = 0o444 }: TarFile): Buffer[] {
  if (Buffer.byteLength(path) > 100) throw new Error(`too long for a tar archive: ${path}`);
  const head = Buffer.alloc(512);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, "0");
  head.write(path, 0, "utf8");
  const write = (text: string, offset: number) => head.write(text, offset, "latin1");
  write(`${octal(mode, 7)}\0`, 100);
  write("0000000\0", 108);
  write("0000000\0", 116);
  write(`${octal(content.length, 11)}\0`, 124);
  write(`${octal(0, 11)}\0`, 136);
  write("        ", 148);
  write("0", 156);
  write("ustar\x0000", 257);
  const sum = head.reduce((total, byte) => total + byte, 0);
  write(`${octal(sum, 6)}\0 `, 148);
  return [head, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
}
