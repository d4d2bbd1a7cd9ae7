import { Htpasswd } from "../../constructs";

const ADMIN = Htpasswd.empty.with("admin", "of admin").toString().trimEnd();
const BOB = Htpasswd.empty.with("bob", "of bob").toString().trimEnd();

/** Users' files as they come from people, CI systems and tools: whether all of their users can log in. */
export const USER_FILES: readonly (readonly [title: string, text: string, users: readonly string[] | undefined])[] = [
  ["one user", `${ADMIN}\n`, ["admin"]],
  ["no line break at the end", ADMIN, ["admin"]],
  ["two users", `${ADMIN}\n${BOB}\n`, ["admin", "bob"]],
  ["line breaks of Windows", `${ADMIN}\r\n${BOB}\r\n`, ["admin", "bob"]],
  ["comments, blank lines, blanks around", `# people\n\n  ${ADMIN}\t\n \n${BOB} \n`, ["admin", "bob"]],
  ["another kind of bcrypt, another cost", `${ADMIN.replace("$2y$", "$2b$")}\n`, ["admin"]],
  ["a name beyond ASCII", `${BOB.replace("bob", "bøb@example.com")}\n`, ["bøb@example.com"]],
  ["joined by a blank", `${ADMIN} ${BOB}\n`, undefined],
  ["joined by a tab", `${ADMIN}\t${BOB}`, undefined],
  ["joined by nothing", `${ADMIN}${BOB}`, undefined],
  ["joined by a line break of two characters", `${ADMIN}\\n${BOB}\\n`, undefined],
  ["joined by a comma", `${ADMIN},${BOB}`, undefined],
  ["joined on the second line", `${BOB}\n${ADMIN} ${BOB.replace("bob", "eve")}\n`, undefined],
  ["joined by an old line break", `${ADMIN}\r${BOB}`, undefined],
  ["a comment behind a user", `${ADMIN} # the boss\n`, undefined],
  ["a comment that swallowed the users", `# people ${ADMIN} ${BOB}`, undefined],
  ["in quotes", `"${ADMIN}"\n`, undefined],
  ["in base64", Buffer.from(ADMIN).toString("base64"), undefined],
  ["a byte order mark", `\uFEFF${ADMIN}\n`, undefined],
  ["a hash of another kind", "admin:$apr1$abcdefgh$abcdefghijklmnopqrstu.\n", undefined],
  ["a password in the clear", "admin:hunter2\n", undefined],
  ["a hash that is cut", ADMIN.slice(0, -1), undefined],
  ["a cost that bcrypt does not have", ADMIN.replace("$05$", "$03$"), undefined],
  ["no name", ADMIN.replace("admin", ""), undefined],
  ["no colon", `${ADMIN}\nbob\n`, undefined],
  ["one user twice", `${ADMIN}\n${BOB}\n${ADMIN}\n`, undefined],
  ["nobody", "\n# nobody\n", undefined],
  ["nothing", "", undefined],
];

/** The passwords of the users above. */
export const passwordOf = (name: string) => (name === "admin" ? "of admin" : "of bob");
