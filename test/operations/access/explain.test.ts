import { describe, expect, test } from "vitest";
import { parseEnvironment } from "../../../config";
import { explain } from "../../../operations/access/explain";

const TEXT = `registry: { host: localhost }
access:
  groups: { developers: [alice, bob] }
  robots: { ci: { expires: 2030-03-01 }, idle: {} }
  rules:
    - { repository: "team/**", who: [developers, ci], may: [pull, push] }
    - { repository: "team/app", who: [carol], may: [delete] }
    - { repository: "public/**", who: [anyone], may: [pull] }
  catalog: [developers]
`;

function ask(
  user: string,
  repository: string,
  action: "pull" | "push" | "delete" | "catalog",
  options: Partial<{ text: string; users: string[]; today: string }> = {},
) {
  const { environment, diagnostics } = parseEnvironment(options.text ?? TEXT, "environments/lab.yaml");
  if (!environment) throw new Error(JSON.stringify(diagnostics));
  const { allowed, lines } = explain(
    environment,
    { user, repository, action },
    options.users,
    options.today ?? "2030-03-01",
  );
  return { allowed, text: lines.join("\n") };
}

describe("who may do what", () => {
  test("is told with the rule that gives it, and through which group", () => {
    const { allowed, text } = ask("alice", "team/app", "push");
    expect(allowed).toBe(true);
    expect(text).toBe(
      "yes: alice may push team/app\n  access.rules[0]: team/** for developers, ci may pull, push, by developers",
    );
  });

  test("a refusal tells what the user may, and who may", () => {
    const { allowed, text } = ask("alice", "team/app", "delete");
    expect(allowed).toBe(false);
    expect(text.split("\n")).toEqual([
      "no: alice may not delete team/app",
      "what the rules give there:",
      "  access.rules[0]: team/** for developers, ci may pull, push, by developers",
      "who may delete it:",
      "  access.rules[1]: team/app for carol may delete",
    ]);
    expect(ask("alice", "other", "pull").text).toBe(
      "no: alice may not pull other\nno rule about this repository is about this user\nno rule lets anybody pull it",
    );
  });

  test("whom only an LDAP server knows is said to be looked up there, but no robot and not our own user", () => {
    const text = `${TEXT}  ldap: { url: "ldaps://ldap.example.com", base: "dc=example" }\n`;
    const known = ask("alice", "team/app", "push", { text, users: ["admin"] });
    expect(known.allowed).toBe(true);
    expect(known.text).toContain("\nthe users' file has no alice: this is so if the LDAP server has\n");
    for (const user of ["idle", "private-registry"])
      expect(ask(user, "public/x", "pull", { text, users: ["admin"] }).text).toContain(`there is no user ${user}`);
    expect(ask("alice", "team/app", "push", { text, users: ["alice"] }).text).not.toContain("LDAP");
  });

  test("without a login", () => {
    expect(ask("anyone", "public/x", "pull").text).toContain("yes: somebody without a login may pull public/x");
    expect(ask("anyone", "team/app", "pull").allowed).toBe(false);
    expect(ask("anyone", "", "catalog").text).toContain("the list takes a login");
    expect(ask("anyone", "x", "pull", { text: "registry: { host: localhost }\n" }).allowed).toBe(false);
  });

  test("a robot's last day is a day on which it works", () => {
    expect(ask("ci", "team/app", "pull").allowed).toBe(true);
    expect(ask("ci", "team/app", "pull", { today: "2030-03-02" }).text).toContain(
      "the robot's last day was 2030-03-01",
    );
  });

  test("somebody without a password may nothing, where the users are known", () => {
    expect(ask("alice", "team/app", "pull", { users: ["bob"] }).text).toContain(
      "there is no user alice: private-registry users add lab alice makes one",
    );
    expect(ask("alice", "team/app", "pull", { users: ["alice"] }).allowed).toBe(true);
  });

  test("the list of all names, this program's own user, and a file without rights", () => {
    expect(ask("bob", "", "catalog").text).toContain("access.catalog names developers");
    expect(ask("carol", "", "catalog").allowed).toBe(false);
    expect(ask("private-registry", "any/thing", "delete").allowed).toBe(true);
    expect(ask("zoe", "x", "delete", { text: "registry: { host: localhost }\n" }).text).toContain("may do everything");
  });
});
