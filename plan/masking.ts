import {
  canBeCredential,
  credentialsIn,
  isCredentialName,
  isOrdinaryWord,
  isSecretFile,
  looksRandom,
  WELL_KNOWN,
} from "./credentials";
import { get, list, MAX_DEPTH, record, strings, text } from "./json";

/**
 * Replaces every secret in a plan by a token before anything else reads it. Equal secrets get the same token within one
 * plan, different ones different tokens: whoever compares two values still learns that they differ, and nothing more.
 */
const TOKEN = /\((?:sensitive|perhaps sensitive|well-known default) \d+\)/;

function isMasked(value: unknown): boolean {
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

/** Where a value lies decides what its text can be. */
interface Place {
  readonly key: string;
  /** The file that a value is the content of. */
  readonly file?: string;
  readonly depth: number;
}

/** An echo of a secret inside a longer text is found by its first letters; shorter secrets only as whole values. */
const WINDOW = 6;

export class Masking {
  private readonly tokens = new Map<string, string>();
  private readonly byStart = new Map<string, Set<string>>();
  private readonly whole = new Set<string>();
  /** Secrets only by the look of them. */
  private readonly perhaps = new Set<string>();
  private readonly read = new Set<string>();
  private readonly cache = new Map<string, string>();

  /** Learns every secret of the document first, since a secret is also echoed where nothing marks it. */
  constructor(document: unknown) {
    this.learn(document, { key: "", depth: 0 });
    this.learnVariables(document);
  }

  /** A copy without secrets. `mark` is Terraform's `*_sensitive` tree: true, or nested like the value. */
  public apply(value: unknown, mark: unknown): unknown {
    return this.mask(value, mark, { key: "", depth: 0 });
  }

  /** A text without secrets. */
  public text(value: string): string {
    return this.maskText(value);
  }

  private mask(value: unknown, mark: unknown, place: Place): unknown {
    if (value === null || value === undefined || (mark !== true && isBlank(value))) return value;
    if (place.depth > MAX_DEPTH) return "(too deep)";
    if (mark === true) return isUploads(value, place) ? this.maskUploads(value, place) : this.token(serialize(value));
    if (typeof value === "string") return this.maskLeaf(value, place);
    if (Array.isArray(value)) {
      const marks = Array.isArray(mark) ? mark : [];
      const inner = { ...place, depth: place.depth + 1 };
      return mapped(value, (item, index) => this.mask(item, marks[index], inner));
    }
    if (typeof value === "number") return this.whole.has(String(value)) ? this.token(String(value)) : value;
    if (typeof value !== "object") return value;
    const entries: [string, unknown][] = Object.entries(value);
    const masked = mapped(entries, (entry) => {
      const [key, item] = entry;
      const safeKey = this.maskText(key);
      const inner = get(mark, key);
      const isOpen = inner !== true && isBlank(item);
      const safe = isOpen ? item : this.mask(item, inner, placeOf(value, key, place.depth + 1));
      return safeKey === key && safe === item ? entry : ([safeKey, safe] as [string, unknown]);
    });
    return masked === entries ? value : Object.fromEntries(masked);
  }

  /**
   * Terraform marks a whole set when one member's attribute is sensitive. Of an upload that can only be its content, so
   * the paths stay readable, and of a list of users their names.
   */
  private maskUploads(value: unknown, place: Place): unknown {
    return list(value).map((upload) => {
      const entries = Object.entries(record(upload)).map(([key, item]): [string, unknown] => {
        if (typeof item === "boolean" || item === null || item === "") return [key, item];
        if (key === "file" || key === "permissions") return [key, this.pathOrToken(item)];
        const users = typeof item === "string" && holdsUsers(item);
        return [key, users ? this.maskLeaf(item, place) : this.token(serialize(item))];
      });
      return Object.fromEntries(entries);
    });
  }

  private pathOrToken(value: unknown): unknown {
    const isPath = typeof value === "string" && /^(\/[\w.-]{1,40}){1,12}$|^[0-7]{3,4}$/.test(value);
    return isPath ? this.maskText(value) : this.token(serialize(value));
  }

  private maskLeaf(value: string, { key, file }: Place): string {
    if (file !== undefined && isSecretFile(file) && !holdsUsers(value)) return this.token(value);
    if (isCredentialName(key) && canBeCredential(value)) return this.token(value);
    return this.maskText(value);
  }

  private maskText(value: string): string {
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

  private token(secret: string): string {
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

  private add(secret: string): void {
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

  private learn(value: unknown, place: Place): void {
    if (place.depth > MAX_DEPTH) return;
    if (typeof value === "string") this.learnText(value, place);
    else if (Array.isArray(value)) {
      for (const item of value) this.learn(item, { ...place, depth: place.depth + 1 });
      // Arguments name what follows them: `--password`, `x`.
      if (value.length > 1 && typeof value[0] === "string")
        this.learnText(strings(value).join(" "), { ...place, key: "" });
    } else if (typeof value === "object" && value !== null) {
      for (const [key, item] of Object.entries(value)) {
        if (!isBlank(item)) this.learn(item, placeOf(value, key, place.depth + 1));
      }
      for (const [plain, mark] of MARKED) this.learnMarked(get(value, plain), get(value, mark), plain, place.depth);
    }
  }

  private learnText(value: string, { key, file }: Place): void {
    const isSecret = file ? isSecretFile(file) && !holdsUsers(value) : isCredentialName(key);
    if (isSecret && canBeCredential(value)) this.add(value);
    if (this.read.has(value)) return;
    this.read.add(value);
    for (const secret of credentialsIn(value)) this.add(secret);
  }

  /** Every text under a mark is a secret; of a list of users, the hashes. */
  private learnMarked(value: unknown, mark: unknown, key: string, depth: number): void {
    if (depth > MAX_DEPTH || mark === undefined || mark === false) return;
    if (typeof value === "string" || typeof value === "number") {
      if (mark === true) this.learnMarkedLeaf(String(value), typeof value === "number");
    } else if (Array.isArray(value)) {
      value.forEach((item, index) => {
        this.learnMarked(item, mark === true || list(mark)[index], key, depth + 1);
      });
    } else {
      for (const [name, item] of Object.entries(record(value))) {
        // The paths of a marked upload are shown, see `maskUploads`.
        if (mark !== true || key !== "upload" || isContent(name)) {
          this.learnMarked(item, mark === true || get(mark, name), name, depth + 1);
        }
      }
    }
  }

  private learnMarkedLeaf(value: string, isNumber: boolean): void {
    if (holdsUsers(value)) for (const secret of credentialsIn(value)) this.add(secret);
    else if (!isNumber || value.length > 3) this.add(value);
    // The secret may be only a part of what is marked: `X=…`, or one line of a file.
    for (const word of value.split(/[\s"'`,;:=@/<>()[\]{}]+/)) {
      if (!looksRandom(word) || this.whole.has(word)) continue;
      this.add(word);
      this.perhaps.add(word);
    }
  }

  /** Variables are in the plan in clear text; only their declaration says that one is sensitive. */
  private learnVariables(document: unknown): void {
    const declared = record(get(get(get(document, "configuration"), "root_module"), "variables"));
    for (const [name, declaration] of Object.entries(declared)) {
      if (get(declaration, "sensitive") !== true) continue;
      this.learnMarked(get(get(get(document, "variables"), name), "value"), true, name, 0);
      this.learnMarked(get(declaration, "default"), true, name, 0);
    }
  }
}

const MARKED: readonly (readonly [string, string])[] = [
  ["before", "before_sensitive"],
  ["after", "after_sensitive"],
  ["values", "sensitive_values"],
  ["value", "sensitive"],
  ["default", "sensitive"],
];

/** Nothing to hide, and most of what a plan consists of. */
function isBlank(value: unknown): boolean {
  if (value === null || value === undefined || value === "" || typeof value === "boolean") return true;
  return Array.isArray(value) && value.length === 0;
}

/** Like `map`, but the very same list when nothing in it changes: most of a plan holds no secret. */
function mapped<T>(items: T[], change: (item: T, index: number) => T): T[] {
  let result = items;
  for (const [index, item] of items.entries()) {
    const next = change(item, index);
    if (next === item) continue;
    if (result === items) result = [...items];
    result[index] = next;
  }
  return result;
}

/** Labels and the like are pairs: the sibling names the value. */
function placeOf(parent: unknown, key: string, depth: number): Place {
  const name = key === "value" ? (text(get(parent, "label")) ?? text(get(parent, "name")) ?? key) : key;
  return { key: name, file: isContent(key) ? text(get(parent, "file")) : undefined, depth };
}

function isContent(key: string): boolean {
  return key === "content" || key === "content_base64" || key === "data";
}

function isUploads(value: unknown, { key }: Place): boolean {
  return key === "upload" && list(value).every((item) => typeof item === "object" && item !== null);
}

/** Only lines of `name:hash`, comments and blank lines. */
export function isUserList(content: string): boolean {
  if (content.length > 1_000_000 || !content.includes(":")) return false;
  const lines = content.split("\n").map((line) => line.trim());
  const users = lines.filter((line) => line !== "" && !line.startsWith("#"));
  return users.length > 0 && users.every(isUser);
}

/** A list of users, or one whose lines were joined: by blanks, by nothing, by a line break that stayed two characters. */
export function holdsUsers(content: string): boolean {
  if (isUserList(content)) return true;
  if (content.length > 1_000_000 || !content.includes(":")) return false;
  const users = /[^\s:]{1,255}:(?:\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}|\(sensitive \d+\))/g;
  const rest = content.replaceAll(users, "");
  return rest !== content && /^(?:\s|\\[nr]|[,;])*$/.test(rest);
}

function isUser(line: string): boolean {
  const colon = line.indexOf(":");
  const hash = line.slice(colon + 1);
  return colon > 0 && (isMasked(hash) || credentialsIn(line).includes(hash));
}

function serialize(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
