import { credentialsIn, isOrdinaryWord, WELL_KNOWN } from "./credentials";

const TOKEN = /\((?:sensitive|perhaps sensitive|well-known default) \d+\)/;

export function isMasked(value: unknown): boolean {
  return typeof value === "string" && TOKEN.test(value);
}

/** Whether a text holds what is known to be a secret. A word of a marked text that only looks generated is masked, too. */
export function holdsSecret(value: unknown): boolean {
  return typeof value === "string" && /\((?:sensitive|well-known default) \d+\)/.test(value);
}

/** A text with its tokens numbered by their place in it, so that secrets elsewhere in the plan do not change it. */
export function renumbered(value: string): string {
  const numbers = new Map<string, number>();
  return value.replace(new RegExp(TOKEN, "g"), (token) => {
    const number = numbers.get(token) ?? numbers.size + 1;
    numbers.set(token, number);
    return token.replace(/\d+/, String(number));
  });
}

const seen = new WeakMap<object, readonly string[]>();

/** Every token anywhere in these values, to see whether two places hold the same secret. */
export function tokensIn(values: object): readonly string[] {
  const known = seen.get(values) ?? [...new Set(JSON.stringify(values).match(new RegExp(TOKEN, "g")) ?? [])];
  seen.set(values, known);
  return known;
}

export function isWellKnownDefault(token: string): boolean {
  return token.startsWith("(well-known default ");
}

/** An echo of a secret inside a longer text is found by its first letters; shorter secrets only as whole values. */
const WINDOW = 6;

/** The secrets of one plan, each with its token. Equal secrets get the same token, different ones different tokens. */
export class SecretTokens {
  private readonly tokens = new Map<string, string>();
  private readonly byStart = new Map<string, Set<string>>();
  private readonly whole = new Set<string>();
  /** Secrets only by the look of them. */
  private readonly perhaps = new Set<string>();
  private readonly cache = new Map<string, string>();

  /** Whether a whole value is a secret. */
  public has(value: string): boolean {
    return this.whole.has(value);
  }

  /** A text without secrets. */
  public text(value: string): string {
    const known = this.cache.get(value);
    if (known !== undefined) return known;
    const masked = this.whole.has(value) ? this.token(value) : this.replaceAll(value);
    this.cache.set(value, masked);
    return masked;
  }

  /** Longest secret first at each place, in one pass over the text. */
  private replaceAll(value: string): string {
    const here = credentialsIn(value);
    for (const secret of here) this.add(secret);
    let result = "";
    let from = 0;
    for (let at = 0; at + 1 < value.length; at++) {
      const secret = this.secretAt(value, at, here);
      if (!secret) continue;
      result += value.slice(from, at) + this.token(secret);
      from = at + secret.length;
      at = from - 1;
    }
    return from === 0 ? value : result + value.slice(from);
  }

  private secretAt(value: string, at: number, here: readonly string[]): string | undefined {
    let longest: string | undefined;
    const longer = (secret: string) => secret.length > (longest?.length ?? 0);
    for (const secret of this.byStart.get(value.slice(at, at + WINDOW)) ?? []) {
      if (longer(secret) && value.startsWith(secret, at) && !isOrdinaryWord(value, at, secret)) longest = secret;
    }
    for (const secret of here) if (longer(secret) && value.startsWith(secret, at)) longest = secret;
    return longest;
  }

  public token(secret: string): string {
    const known = this.tokens.get(secret);
    if (known) return known;
    const kind = WELL_KNOWN.has(secret)
      ? "well-known default"
      : this.perhaps.has(secret)
        ? "perhaps sensitive"
        : "sensitive";
    const token = `(${kind} ${this.tokens.size + 1})`;
    this.tokens.set(secret, token);
    return token;
  }

  public add(secret: string): void {
    this.perhaps.delete(secret);
    if (secret.length < 2 || TOKEN.test(secret)) return;
    if (!/^(true|false|null|none)$/.test(secret)) this.whole.add(secret);
    if (secret.length < WINDOW) return;
    const readable = Buffer.from(secret).toString(); // without lone surrogates, which no encoding takes
    const base64 = Buffer.from(secret).toString("base64");
    for (const form of [secret, base64, encodeURIComponent(readable), JSON.stringify(secret).slice(1, -1)]) {
      const start = form.slice(0, WINDOW);
      const others = this.byStart.get(start);
      if (others) others.add(form);
      else this.byStart.set(start, new Set([form]));
    }
  }

  /** Of a word that only looks generated. */
  public addPerhaps(word: string): void {
    if (this.whole.has(word)) return;
    this.add(word);
    this.perhaps.add(word);
  }
}
