import { credentialsIn } from "./credentials";
import { isMasked } from "./secret-tokens";

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
