import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Htpasswd } from "../../../constructs";
import { ensureOwnUser, loginPath, OWN_USER, readLogin } from "../../../operations/registry/login";
import { readSecrets, secretsPath, writeSecrets } from "../../../operations/secrets/file";
import {
  firstPasswordPath,
  revealFirstPassword,
  unseenFirstPassword,
} from "../../../operations/secrets/first-password";
import { GENERATORS } from "../../../operations/secrets/generate";
import { changeUsers, exportLines, initSecrets, rotateSecrets, setSecret } from "../../../operations/secrets/secrets";
import { requireSecrets, secretValues } from "../../../operations/secrets/values";
import { environment, minimal } from "../../config/support";
import { inFolder } from "../in-folder";

const PATH = secretsPath("prod");
const NAMES = [...Object.keys(GENERATORS), "registry_htpasswd"];

describe("the secrets file", () => {
  inFolder();

  test("is the owner's only, in a folder that git ignores, and leaves nothing behind", () => {
    writeSecrets(PATH, { a: "b" });
    expect(statSync(PATH).mode & 0o777).toBe(0o600);
    expect(statSync("secrets").mode & 0o777).toBe(0o700);
    expect(readFileSync("secrets/.gitignore", "utf8")).toBe("*\n");
    expect(readdirSync("secrets").sort()).toEqual([".gitignore", "prod.tfvars.json"]);
  });

  test("is refused when others may read it", () => {
    writeSecrets(PATH, {});
    chmodSync(PATH, 0o640);
    expect(() => readSecrets(PATH)).toThrow(/can be read by other users/);
  });

  test("is refused when it is a folder", () => {
    mkdirSync(PATH, { recursive: true });
    expect(() => readSecrets(PATH)).toThrow(/is a folder/);
  });

  test.each(["{", "[]", '{"a":1}'])("is refused when it is %s, and not quoted", (text) => {
    writeSecrets(PATH, {});
    writeFileSync(PATH, text);
    expect(() => readSecrets(PATH)).toThrow(/valid JSON|object of strings/);
  });
});

describe("initSecrets", () => {
  inFolder();

  test("makes what is missing, keeps what is there, names what only a person knows", () => {
    writeSecrets(PATH, { registry_http_secret: "k".repeat(40) });
    const { created, kept, missing, user } = initSecrets(PATH, [...NAMES, "scanner_token"]);
    expect(kept).toEqual(["registry_http_secret"]);
    expect(missing).toEqual(["scanner_token"]);
    expect(created).toHaveLength(NAMES.length - 1);
    expect(user?.user).toBe("admin");
    expect(user?.password).toMatch(/^[A-Za-z0-9]{24}$/);
    expect(readFileSync(PATH, "utf8")).not.toContain(user?.password);
  });

  test("makes no keys of somebody else's S3, and rotates none", () => {
    const elsewhere = ["registry_s3_access_key", "registry_s3_secret_key"];
    expect(initSecrets(PATH, NAMES, { elsewhere }).missing).toEqual(elsewhere);
    expect(Object.keys(readSecrets(PATH))).not.toContain("registry_s3_access_key");
    for (const name of elsewhere) setSecret(PATH, name, `${name}_of_theirs`);
    rotateSecrets(PATH, [], elsewhere);
    expect(readSecrets(PATH)).toMatchObject(Object.fromEntries(elsewhere.map((name) => [name, `${name}_of_theirs`])));
    expect(() => rotateSecrets(PATH, ["registry_s3_secret_key"], elsewhere)).toThrow(
      /cannot be rotated|can be rotated/,
    );
  });

  test("changes nothing the second time", () => {
    initSecrets(PATH, NAMES);
    const before = readFileSync(PATH, "utf8");
    expect(initSecrets(PATH, NAMES)).toMatchObject({ created: [], user: undefined });
    expect(readFileSync(PATH, "utf8")).toBe(before);
  });

  test("rotates one, or all that are generated", () => {
    initSecrets(PATH, NAMES);
    const before = readSecrets(PATH);
    expect(rotateSecrets(PATH, ["registry_http_secret"])).toEqual(["registry_http_secret"]);
    expect(rotateSecrets(PATH)).toHaveLength(Object.keys(GENERATORS).length);
    const after = readSecrets(PATH);
    expect(Object.keys(after).filter((name) => after[name] === before[name])).toEqual(["registry_htpasswd"]);
    expect(() => rotateSecrets(PATH, ["registry_htpasswd"])).toThrow(
      /cannot be rotated|not a secret that can be rotated/,
    );
  });

  test("export lines survive a shell", () => {
    expect(exportLines({ a: "it's\n" })).toBe(`export TF_VAR_a='it'\\''s'`);
  });
});

describe("the first user's password", () => {
  inFolder();

  test("is kept until it was seen, and no longer", () => {
    const { user } = initSecrets(PATH, NAMES, { user: "alice" });
    expect(unseenFirstPassword(PATH)).toEqual({ user: "alice", password: user?.password });
    expect(statSync(firstPasswordPath(PATH)).mode & 0o777).toBe(0o600);
    // What cannot show it loses nothing.
    const broken = () => {
      throw new Error("EPIPE");
    };
    expect(() => revealFirstPassword(PATH, broken)).toThrow("EPIPE");
    const seen: unknown[] = [];
    expect(revealFirstPassword(PATH, (first) => seen.push(first))).toBe(true);
    expect(seen).toEqual([{ user: "alice", password: user?.password }]);
    expect(unseenFirstPassword(PATH)).toBeUndefined();
    expect(existsSync(firstPasswordPath(PATH))).toBe(false);
    expect(revealFirstPassword(PATH, (first) => seen.push(first))).toBe(false);
    expect(seen).toHaveLength(1);
  });

  test("is nobody's any more once the user has another one", () => {
    initSecrets(PATH, NAMES);
    changeUsers(PATH, (users) => users.with("admin", "another password"));
    expect(unseenFirstPassword(PATH)).toBeUndefined();
  });
});

describe("the own user", () => {
  inFolder();

  test("is made once, with a password that is in no Terraform variable", () => {
    initSecrets(PATH, NAMES);
    expect(ensureOwnUser("prod")).toBe(true);
    const login = readLogin("prod", {});
    expect(login?.user).toBe(OWN_USER);
    expect(Htpasswd.parse(readSecrets(PATH).registry_htpasswd ?? "").verifies(OWN_USER, login?.password ?? "")).toBe(
      true,
    );
    expect(readFileSync(PATH, "utf8")).not.toContain(login?.password);
    expect(statSync(loginPath("prod")).mode & 0o777).toBe(0o600);
    expect(ensureOwnUser("prod")).toBe(false);
  });

  test("is made again when its password was changed", () => {
    initSecrets(PATH, NAMES);
    ensureOwnUser("prod");
    changeUsers(PATH, (users) => users.with(OWN_USER, "another password"));
    expect(ensureOwnUser("prod")).toBe(true);
  });

  test("is not made where the users are kept elsewhere: a file would take the place of all of them", () => {
    expect(ensureOwnUser("prod")).toBe(false);
    expect(existsSync(PATH)).toBe(false);
  });

  test("the environment's login wins", () => {
    const variables = { PRIVATE_REGISTRY_USER: "ci", PRIVATE_REGISTRY_PASSWORD: "from CI" };
    expect(readLogin("prod", variables)).toEqual({ user: "ci", password: "from CI" });
  });
});

describe("secretValues", () => {
  inFolder();

  test("of somebody else's S3 are asked for, with a command that takes them", () => {
    const nothing = { values: {}, args: [] };
    const s3 = environment(minimal("", "storage: { s3: { bucket: images, region: eu-west-1 } }\n"));
    expect(() => requireSecrets(s3, ["registry_s3_access_key"], nothing)).toThrow(
      /the keys of bucket .* at Amazon S3, .* are made there/,
    );
    const own = environment(minimal());
    expect(() => requireSecrets(own, ["registry_s3_access_key"], nothing)).toThrow(
      /no value for registry_s3_access_key$/,
    );
  });

  test("come from the file first, then from TF_VAR_…; only a path is an argument", () => {
    writeSecrets(PATH, { a: "from the file" });
    const found = secretValues(
      "prod",
      ["a", "b", "c"],
      { TF_VAR_a: "x", TF_VAR_b: "from TF_VAR" },
      "/abs/prod.tfvars.json",
    );
    expect(found).toEqual({
      values: { a: "from the file", b: "from TF_VAR" },
      args: ["-var-file=/abs/prod.tfvars.json"],
    });
    expect(() => requireSecrets(environment(minimal()), ["a", "b", "c"], found)).toThrow(/test has no value for c$/);
  });

  test("need no file", () => {
    expect(secretValues("prod", ["a"], { TF_VAR_a: "x" }, "/p")).toEqual({ values: { a: "x" }, args: [] });
  });
});
