import { describe, expect, test } from "vitest";
import { Htpasswd, InvalidOptionsError } from "../../../constructs";
import { USER_FILES } from "../../support/user-files";

const ALICE = "alice:$2y$05$LhR8Jt3mq0E5JbVh3pZs8uYzvXzJH8P9kQZc7h3mXvT4bq1n9q1aK";

describe("Htpasswd", () => {
  test("gives the same text for the same input, in any order", () => {
    const one = Htpasswd.empty.with("alice", "a long password").with("bob", "another");
    const other = Htpasswd.empty.with("bob", "another").with("alice", "a long password");
    expect(one.toString()).toBe(other.toString());
    expect(one.toString()).toMatch(/^alice:\$2y\$05\$.{53}\nbob:\$2y\$05\$.{53}\n$/);
  });

  test("keeps the line of a password that matches already, whatever its salt and cost", () => {
    const users = Htpasswd.empty.with("alice", "secret", 6);
    expect(users.with("alice", "secret", 4)).toBe(users);
    expect(users.with("alice", "changed").toString()).not.toBe(users.toString());
  });

  test("verifies what it made", () => {
    const users = Htpasswd.empty.with("alice", "sésame 🚪");
    expect(users.verifies("alice", "sésame 🚪")).toBe(true);
    expect(users.verifies("alice", "sesame")).toBe(false);
    expect(users.verifies("bob", "sésame 🚪")).toBe(false);
  });

  test("does not put the password into the salt", () => {
    const salt = (password: string) =>
      Htpasswd.empty
        .with("alice", password)
        .toString()
        .slice(6, 6 + 29);
    expect(salt("one")).toBe(salt("two"));
  });

  test("reads files as people write them", () => {
    const users = Htpasswd.parse(`# people\r\n\r\n${ALICE}\r\n  ${ALICE.replace("alice", "bob")}\n`);
    expect(users.names).toEqual(["alice", "bob"]);
    expect(Htpasswd.parse(users.toString()).toString()).toBe(users.toString());
  });

  // What Terraform, the job and Distribution itself make of these: test/integration/users.test.ts.
  test.each(USER_FILES)("%s", (_, text, users) => {
    const names = () => Htpasswd.parse(text).names;
    if (users) expect(names()).toEqual([...users].sort());
    else if (text.split("\n").every((line) => /^\s*(#.*)?$/.test(line))) expect(names()).toEqual([]);
    else expect(names).toThrow(InvalidOptionsError);
  });

  test.each([
    ["SHA", `${ALICE}\nbob:{SHA}abc`, "line 2"],
    ["same name twice", `${ALICE}\n${ALICE}`, "must not name a user twice, got alice"],
  ])("refuses a file with: %s", (_, text, message) => {
    expect(() => Htpasswd.parse(text)).toThrow(InvalidOptionsError);
    expect(() => Htpasswd.parse(text)).toThrow(message);
  });

  test("does not print what stands where a hash should", () => {
    const message = (() => {
      try {
        return Htpasswd.parse("alice:hunter2").toString();
      } catch (error) {
        return String(error);
      }
    })();
    expect(message).toContain("line 1");
    expect(message).not.toContain("hunter2");
  });

  test.each([
    ["empty name", "", "x", 5],
    ["colon in name", "a:b", "x", 5],
    ["blank in name", "a b", "x", 5],
    ["comment", "#a", "x", 5],
    ["long name", "a".repeat(256), "x", 5],
    ["empty password", "a", "", 5],
    ["password beyond what bcrypt reads", "a", "x".repeat(73), 5],
    ["cost too low", "a", "x", 3],
    ["cost too high", "a", "x", 16],
  ])("refuses a user with: %s", (_, name, password, cost) => {
    expect(() => Htpasswd.empty.with(name, password, cost)).toThrow(InvalidOptionsError);
  });

  test("takes the longest name and password", () => {
    expect(Htpasswd.empty.with("a".repeat(255), "x".repeat(72), 4).names).toHaveLength(1);
  });

  test("removes users, and says who is there when one is not", () => {
    const users = Htpasswd.empty.with("alice", "x").with("bob", "y");
    expect(users.without("alice").names).toEqual(["bob"]);
    expect(() => users.without("carol")).toThrow("known: alice, bob");
  });
});
