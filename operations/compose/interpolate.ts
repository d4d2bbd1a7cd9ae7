import { Failure } from "../failure";

/** What variables of a compose file are replaced by. */
export type Values = Readonly<Record<string, string | undefined>>;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*/;

/**
 * Replaces `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:+other}`, `${NAME+other}` and `${NAME:?message}`, and
 * makes `$$` a dollar sign, as Docker Compose does.
 * @param absent gets the name of each variable that has no value and no default
 */
export function interpolate(text: string, values: Values, absent: (name: string) => void = () => {}): string {
  let result = "";
  let rest = text;
  for (;;) {
    const dollar = rest.indexOf("$");
    if (dollar < 0) return result + rest;
    result += rest.slice(0, dollar);
    rest = rest.slice(dollar + 1);
    const name = NAME.exec(rest)?.[0];
    if (rest.startsWith("$")) {
      result += "$";
      rest = rest.slice(1);
    } else if (rest.startsWith("{")) {
      const end = closing(rest);
      result += expand(rest.slice(1, end), values, absent);
      rest = rest.slice(end + 1);
    } else if (name) {
      result += value(name, values, absent);
      rest = rest.slice(name.length);
    } else {
      result += "$";
    }
  }
}

/** Where the brace that a text begins with is closed. */
function closing(text: string): number {
  let depth = 0;
  for (const [at, character] of [...text].entries()) {
    if (character === "{") depth += 1;
    if (character === "}") depth -= 1;
    if (depth === 0) return at;
  }
  throw new Failure(
    "the compose file has a ${ that is never closed",
    "write $$ for a dollar sign that is meant as one",
  );
}

function expand(inside: string, values: Values, absent: (name: string) => void): string {
  const name = NAME.exec(inside)?.[0] ?? "";
  const operator = /^:?[-+?]/.exec(inside.slice(name.length))?.[0] ?? "";
  if (!name || (operator === "" && inside !== name)) {
    throw new Failure(
      `the compose file has a \${${inside}}, which is no variable`,
      "correct it, or write $$ for a dollar sign",
    );
  }
  const given = values[name];
  const isSet = given !== undefined && (given !== "" || !operator.startsWith(":"));
  const word = () => interpolate(inside.slice(name.length + operator.length), values, absent);
  if (operator.endsWith("-")) return isSet ? given : word();
  if (operator.endsWith("+")) return isSet ? word() : "";
  if (operator.endsWith("?") && !isSet) {
    throw new Failure(
      `the compose file needs ${name}: ${word() || "it has no value"}`,
      `set it in .env or export ${name}`,
    );
  }
  return value(name, values, absent);
}

function value(name: string, values: Values, absent: (name: string) => void): string {
  const given = values[name];
  if (given === undefined) absent(name);
  return given ?? "";
}

/** Reads a `.env` file: `NAME=value` a line, comments, quotes, `export`. */
export function parseEnvFile(text: string): Record<string, string> {
  const result: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const { name, quoted, raw } = ENV_LINE.exec(line)?.groups ?? {};
    if (name) result[name] = quoted?.slice(1, -1) ?? raw?.replace(/\s+#.*$/, "").trim() ?? "";
  }
  return result;
}

const ENV_LINE =
  /^\s*(?:export\s+)?(?<name>[A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?:(?<quoted>"[^"]*"|'[^']*')\s*(?:#.*)?|(?<raw>.*))$/;
