export type Query = Readonly<Record<string, string>>;

/** What the engine answers when it refuses: a status and a sentence. */
export class EngineError extends Error {
  public readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A write of a container without a terminal: eight bytes that say which stream and how long, then the bytes. */
export function frame(stream: 1 | 2, text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length === 0) return bytes;
  const head = Buffer.alloc(8);
  head.writeUInt8(stream, 0);
  head.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([head, bytes]);
}

/** `filters={"label":["a=b"],"name":["x"]}`, in both of the ways that clients write it. */
export function matches({ filters }: Query, name: string, labels: Readonly<Record<string, string>> = {}): boolean {
  const given = filters ? (JSON.parse(filters) as Record<string, string[] | Record<string, boolean>>) : {};
  const wanted = (key: string) => (Array.isArray(given[key]) ? given[key] : Object.keys(given[key] ?? {}));
  const hasLabel = (text: string) => {
    const [key = "", ...value] = text.split("=");
    return key in labels && (value.length === 0 || labels[key] === value.join("="));
  };
  const names = wanted("name");
  return wanted("label").every(hasLabel) && (names.length === 0 || names.some((one) => new RegExp(one).test(name)));
}

/** The only file of a tar archive. */
export function untar(archive: Buffer): { path: string; content: string }[] {
  const files: { path: string; content: string }[] = [];
  for (let at = 0; at + 512 <= archive.length && archive[at] !== 0; ) {
    const text = (from: number, to: number) => archive.toString("utf8", at + from, at + to).replace(/\0.*$/s, "");
    const size = Number.parseInt(text(124, 136), 8) || 0;
    const prefix = text(345, 500);
    const path = `/${prefix ? `${prefix}/` : ""}${text(0, 100)}`.replace(/\/+/g, "/");
    if (text(156, 157) !== "5") files.push({ path, content: archive.toString("utf8", at + 512, at + 512 + size) });
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

/** A tar archive of one file. */
export function tar(name: string, content: string): Buffer {
  const bytes = Buffer.from(content);
  const head = Buffer.alloc(512);
  head.write(name, 0);
  head.write(`${bytes.length.toString(8).padStart(11, "0")}\0`, 124);
  head.write("0ustar\x0000", 156);
  return Buffer.concat([head, bytes, Buffer.alloc(((512 - (bytes.length % 512)) % 512) + 1024)]);
}
