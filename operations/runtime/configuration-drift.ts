import { parse } from "yaml";

/**
 * Compares the registry's configuration as it runs with what is planned for it: a sentence for each key that differs, without the
 * values that may be secret.
 */
export function compareConfigurations(planned: string, running: string): string[] {
  const wanted = flatten(parse(literal(withoutTemplates(planned))));
  const actual = flatten(parse(running));
  return Object.keys({ ...wanted, ...actual })
    .filter((key) => wanted[key] !== actual[key] && (wanted[key] !== FILLED_IN || actual[key] === undefined))
    .map((key) => {
      const [is, should] = [actual[key], wanted[key]].map((value) =>
        value && MAY_BE_SECRET.test(key) ? "set" : value,
      );
      return `configuration ${key} is ${is ?? "absent"}, should be ${is === should ? "another" : (should ?? "absent")}`;
    });
}

/** Keys whose value is not printed. A header has any name, and what it held before may come from a variable. */
const MAY_BE_SECRET = /secret|password|token|authorization|cookie|key|headers/i;

const FILLED_IN = "filled in by Terraform";

/** Each `${…}`, which may hold others, as a text of its own: only Terraform knows its value. */
function withoutTemplates(text: string): string {
  const start = /(?<!\$)\$\{/.exec(text)?.index;
  if (start === undefined) return text;
  let [end, depth] = [start + 2, 1];
  for (; end < text.length && depth > 0; end += 1) depth += text[end] === "{" ? 1 : text[end] === "}" ? -1 : 0;
  return `${text.slice(0, start)}${JSON.stringify(FILLED_IN)}${withoutTemplates(text.slice(end))}`;
}

function flatten(value: unknown, path: readonly string[] = []): Record<string, string> {
  if (typeof value !== "object" || value === null) return { [path.join(".")]: String(value) };
  return Object.assign({}, ...Object.entries(value).map(([key, inner]) => flatten(inner, [...path, key])));
}

/** Terraform's escapes of its own templates. */
export const literal = (text: string) => text.replaceAll("$${", "${").replaceAll("%%{", "%{");
