import { createHash } from "node:crypto";
import { compareSync, encodeBase64, hashSync } from "bcryptjs";
import { type Problem, throwIfInvalid } from "../values/errors";
import { isUserName, LINE_FIX, LINE_RULE, readUserLine } from "./htpasswd-grammar";

/**
 * bcrypt's cost for passwords of this project. Distribution checks the hash on every request and caches nothing: at cost 12
 * a push of nothing takes 6 s (distribution/distribution#3017). A long random password does not need a slow hash; a short
 * one is not saved by it. Raise it for passwords that people choose.
 */
const DEFAULT_COST = 5;

/** bcrypt reads 72 bytes and ignores the rest. */
const MAX_PASSWORD_BYTES = 72;

/**
 * The users of a registry, as Distribution's htpasswd file has them: bcrypt only, one user a line, sorted by name.
 * Immutable; the same input always gives the same text.
 *
 * @example Htpasswd.parse(text).with("alice", password).toString()
 */
export class Htpasswd {
  public static readonly empty = new Htpasswd(new Map());

  /**
   * Reads an htpasswd file; blank lines and `#` comments are skipped.
   * @throws InvalidOptionsError for a line that is no `name:bcrypt-hash`, and for a name that occurs twice
   */
  public static parse(text: string): Htpasswd {
    const hashes = new Map<string, string>();
    const problems: Problem[] = [];
    for (const [n, line] of text.split("\n").entries()) {
      const user = readUserLine(line);
      const option = `htpasswd line ${n + 1}`;
      if (user === "nothing") continue;
      if (user === "wrong") problems.push({ option, rule: LINE_RULE, fix: LINE_FIX });
      else if (hashes.has(user.name)) {
        problems.push({ option, rule: "must not name a user twice", got: user.name, fix: "remove one of the lines" });
      } else {
        hashes.set(user.name, user.hash);
      }
    }
    throwIfInvalid("htpasswd", problems);
    return new Htpasswd(hashes);
  }

  private readonly hashes: ReadonlyMap<string, string>;

  private constructor(hashes: ReadonlyMap<string, string>) {
    this.hashes = hashes;
  }

  /** Names of the users, sorted. */
  public get names(): string[] {
    return [...this.hashes.keys()].sort();
  }

  /**
   * Adds a user or changes a password, with a bcrypt cost of 5 unless `cost` is given. A password that matches keeps its line.
   *
   * The salt is derived from the name, so that the text does not change from run to run. It is not derived from the
   * password: a salt that is could be checked against a guess without bcrypt's cost.
   *
   * @param cost bcrypt's, 4–15
   * @throws InvalidOptionsError for a bad name, an empty password or one of more than 72 bytes, a bad cost
   */
  public with(name: string, password: string, cost = DEFAULT_COST): Htpasswd {
    throwIfInvalid("htpasswd", [checkUserName(name), checkPassword(password), checkCost(cost)]);
    const current = this.hashes.get(name);
    if (current && compareSync(password, current)) return this;
    const hash = hashSync(password, salt(name, cost)).replace(/^\$2b\$/, "$2y$");
    return new Htpasswd(new Map([...this.hashes, [name, hash]]));
  }

  /** Removes a user. @throws InvalidOptionsError when there is no such user */
  public without(name: string): Htpasswd {
    throwIfInvalid("htpasswd", [
      this.hashes.has(name)
        ? undefined
        : { option: "name", rule: "must be a user", got: name, fix: `known: ${this.names.join(", ")}` },
    ]);
    return new Htpasswd(new Map([...this.hashes].filter(([other]) => other !== name)));
  }

  /** Whether a password is a user's. */
  public verifies(name: string, password: string): boolean {
    const hash = this.hashes.get(name);
    return hash !== undefined && compareSync(password, hash);
  }

  /** The file: a line a user, sorted, with a newline at the end. */
  public toString(): string {
    return this.names.map((name) => `${name}:${this.hashes.get(name)}\n`).join("");
  }
}

function salt(name: string, cost: number): string {
  const bytes = createHash("sha256").update(`cdktf-private-registry htpasswd ${name}`).digest().subarray(0, 16);
  return `$2b$${String(cost).padStart(2, "0")}$${encodeBase64(bytes, 16)}`;
}

function checkUserName(name: string): Problem | undefined {
  if (isUserName(name)) return undefined;
  return { option: "name", rule: "must be 1–255 characters without colon or blank, and not start with #", got: name };
}

function checkPassword(password: string): Problem | undefined {
  const bytes = Buffer.byteLength(password);
  if (bytes >= 1 && bytes <= MAX_PASSWORD_BYTES && !password.includes("\0")) return undefined;
  return { option: "password", rule: `must be 1–${MAX_PASSWORD_BYTES} bytes`, got: `${bytes} bytes` };
}

function checkCost(cost: number): Problem | undefined {
  if (Number.isInteger(cost) && cost >= 4 && cost <= 15) return undefined;
  return { option: "cost", rule: "must be 4–15", got: cost, fix: "it is paid on every request" };
}
