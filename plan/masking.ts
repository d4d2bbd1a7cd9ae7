import { canBeCredential, credentialsIn, isCredentialName, isSecretFile, looksRandom } from "./credentials";
import { get, list, MAX_DEPTH, record, strings, text } from "./json";
import { SecretTokens } from "./secret-tokens";
import { holdsUsers } from "./user-list";

/** Where a value lies decides what its text can be. */
interface Place {
  readonly key: string;
  /** The file that a value is the content of. */
  readonly file?: string;
  readonly depth: number;
}

/**
 * Replaces every secret in a plan by a token before anything else reads it: whoever compares two values still learns that they
 * differ, and nothing more.
 */
export class Masking {
  private readonly secrets = new SecretTokens();
  private readonly read = new Set<string>();

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
    return this.secrets.text(value);
  }

  private mask(value: unknown, mark: unknown, place: Place): unknown {
    if (value === null || value === undefined || (mark !== true && isBlank(value))) return value;
    if (place.depth > MAX_DEPTH) return "(too deep)";
    if (mark === true)
      return isUploads(value, place)
        ? this.maskUploads(value, place)
        : isData(value, place)
          ? this.maskData(value, place)
          : this.secrets.token(serialize(value));
    if (typeof value === "string") return this.maskLeaf(value, place);
    if (Array.isArray(value)) {
      const marks = Array.isArray(mark) ? mark : [];
      const inner = { ...place, depth: place.depth + 1 };
      return mapped(value, (item, index) => this.mask(item, marks[index], inner));
    }
    if (typeof value === "number") return this.secrets.has(String(value)) ? this.secrets.token(String(value)) : value;
    if (typeof value !== "object") return value;
    const entries: [string, unknown][] = Object.entries(value);
    const masked = mapped(entries, (entry) => {
      const [key, item] = entry;
      const safeKey = this.secrets.text(key);
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
        return [key, users ? this.maskLeaf(item, place) : this.secrets.token(serialize(item))];
      });
      return Object.fromEntries(entries);
    });
  }

  /** Terraform marks the whole data of a Secret. Its keys are names of files, which pods mention anyway; of a list of users the names stay, too. */
  private maskData(value: Readonly<Record<string, unknown>>, place: Place): unknown {
    const entries = Object.entries(value).map(([key, item]): [string, unknown] => {
      const name = this.secrets.text(key);
      if (item === null || item === "") return [name, item];
      const users = typeof item === "string" && holdsUsers(item);
      return [name, users ? this.maskLeaf(item, { ...place, key: "" }) : this.secrets.token(serialize(item))];
    });
    return Object.fromEntries(entries);
  }

  private pathOrToken(value: unknown): unknown {
    const isPath = typeof value === "string" && /^(\/[\w.-]{1,40}){1,12}$|^[0-7]{3,4}$/.test(value);
    return isPath ? this.secrets.text(value) : this.secrets.token(serialize(value));
  }

  private maskLeaf(value: string, { key, file }: Place): string {
    if (file !== undefined && isSecretFile(file) && !holdsUsers(value)) return this.secrets.token(value);
    if (isCredentialName(key) && canBeCredential(value) && !holdsUsers(value)) return this.secrets.token(value);
    return this.secrets.text(value);
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
    const isSecret = file ? isSecretFile(file) : isCredentialName(key);
    if (isSecret && canBeCredential(value) && !holdsUsers(value)) this.secrets.add(value);
    if (this.read.has(value)) return;
    this.read.add(value);
    for (const secret of credentialsIn(value)) this.secrets.add(secret);
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
    if (holdsUsers(value)) for (const secret of credentialsIn(value)) this.secrets.add(secret);
    else if (!isNumber || value.length > 3) this.secrets.add(value);
    // The secret may be only a part of what is marked: `X=…`, or one line of a file.
    for (const word of value.split(/[\s"'`,;:=@/<>()[\]{}]+/)) {
      if (looksRandom(word)) this.secrets.addPerhaps(word);
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

/** Of a Secret: keys as Kubernetes allows them, at the top of a resource. */
function isData(value: unknown, { key, depth }: Place): value is Readonly<Record<string, unknown>> {
  const keys = Object.keys(record(value));
  return (
    depth === 1 && /^(binary_)?data$/.test(key) && keys.length > 0 && keys.every((name) => /^[\w.-]{1,80}$/.test(name))
  );
}

function serialize(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
