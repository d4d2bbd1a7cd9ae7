import { appendFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makePrivateFolder, PRIVATE_FOLDER } from "./private-files";

const KEPT = 30;

/** Where the output of tools goes that nobody asked to see. No secret gets in: each known one is replaced. */
export class LogFile {
  private written = false;

  /** Relative to the project. */
  public readonly path: string;
  private readonly secrets: string[];
  private readonly echo?: (text: string) => void;

  private constructor(path: string, secrets: string[], echo?: (text: string) => void) {
    this.path = path;
    this.secrets = secrets;
    this.echo = echo;
  }

  /**
   * A log of one run of a command; the file appears with its first line, and the oldest ones go.
   * @param secrets values that must not appear; short ones are not looked for
   * @param echo also gets each line
   */
  public static forRun(name: string, secrets: readonly string[], now: Date, echo?: (text: string) => void): LogFile {
    const stamp = now
      .toISOString()
      .replace(/[:.]/g, "-")
      .replace(/-\d+Z$/, "");
    return new LogFile(join(PRIVATE_FOLDER, "logs", `${stamp}-${name}.log`), [...secrets], echo);
  }

  /** Values that came up after the log was begun, and must not appear either. */
  public hide(secrets: readonly string[]): void {
    this.secrets.push(...secrets);
  }

  /** A text without the secrets that are known. */
  public clean(text: string): string {
    return redact(text, this.secrets);
  }

  /** Appends text as it is, secrets apart. */
  public write(text: string): void {
    const clean = this.clean(text);
    this.echo?.(clean.trimEnd());
    if (this.written) {
      appendFileSync(this.path, clean);
      return;
    }
    const folder = join(PRIVATE_FOLDER, "logs");
    makePrivateFolder(PRIVATE_FOLDER);
    makePrivateFolder(folder, PRIVATE_FOLDER);
    writeFileSync(this.path, clean, { mode: 0o600, flag: "a" });
    this.written = true;
    for (const old of readdirSync(folder).sort().slice(0, -KEPT)) rmSync(join(folder, old), { force: true });
  }

  /** Whether there is anything to read. */
  public get isWritten(): boolean {
    return this.written;
  }
}

/** Replaces each secret by a word; those below eight characters would hit innocent text. */
function redact(text: string, secrets: readonly string[]): string {
  return secrets
    .flatMap((secret) => secret.split("\n"))
    .filter((secret) => secret.length >= 8)
    .reduce((clean, secret) => clean.replaceAll(secret, "(secret)"), text);
}
