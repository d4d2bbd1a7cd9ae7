// The part of Terraform's expressions that our stacks use. Every result is three trees of one shape: the value, where it
// is not known before the apply, and where it is secret.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const known = (value, sensitive = false) => ({ value, unknown: false, sensitive });

/** @param scope `variable(name)` and `attribute(address, name)`, each an evaluated thing */
export function evaluate(node, scope) {
  if (typeof node === "string") return template(node, scope);
  if (Array.isArray(node)) return combine(node.map((item) => evaluate(item, scope)));
  if (typeof node !== "object" || node === null) return known(node);
  const entries = Object.entries(node).map(([key, inner]) => [key, evaluate(inner, scope)]);
  const tree = (part) => Object.fromEntries(entries.map(([key, one]) => [key, one[part]]));
  return {
    value: Object.fromEntries(entries.filter(([, one]) => one.unknown !== true).map(([key, one]) => [key, one.value])),
    unknown: tree("unknown"),
    sensitive: tree("sensitive"),
  };
}

/** Every `type.name` that a part of the configuration refers to. */
export function references(node) {
  if (typeof node === "string") {
    return [...node.matchAll(/(?<!\$)\$\{([^}]*)\}/g)].flatMap(([, expression]) =>
      [...expression.matchAll(/\b((?:docker|kubernetes|terraform|null)_\w+\.\w+)/g)].map(([, address]) => address),
    );
  }
  return typeof node === "object" && node !== null ? Object.values(node).flatMap(references) : [];
}

const combine = (items) => ({
  value: items.map(({ value }) => value),
  unknown: items.map(({ unknown }) => unknown),
  sensitive: items.map(({ sensitive }) => sensitive),
});

function template(text, scope) {
  const whole = /^\$\{([^{}]*)\}$/.exec(text);
  if (whole) return expression(whole[1], scope);
  let unknown = false;
  let sensitive = false;
  const value = text.replace(/(\$\$\{|%%\{)|\$\{([^{}]*)\}/g, (_, escaped, inner) => {
    if (escaped) return escaped.slice(1);
    const one = expression(inner, scope);
    unknown ||= one.unknown !== false;
    sensitive ||= one.sensitive === true;
    return String(one.value);
  });
  return { value: unknown ? null : value, unknown, sensitive };
}

const sha256 = (content) => createHash("sha256").update(content).digest("hex");

const FUNCTIONS = {
  jsonencode: JSON.stringify,
  nonsensitive: (value) => value,
  sensitive: (value) => value,
  trimspace: (value) => value.trim(),
  base64encode: (value) => Buffer.from(value).toString("base64"),
  base64decode: (value) => Buffer.from(value, "base64").toString(),
  sha256,
  filesha256: (path) => sha256(readFileSync(path)),
};

function expression(text, scope) {
  const [, name, argument] = /^\s*(\w+)\((.*)\)\s*$/.exec(text) ?? [];
  if (name && FUNCTIONS[name]) {
    const one = expression(argument, scope);
    const sensitive = name === "nonsensitive" ? false : one.sensitive || name === "sensitive";
    return one.unknown === false ? known(FUNCTIONS[name](one.value), sensitive) : { ...one, sensitive };
  }
  if (/^\s*"[^"\\]*"\s*$/.test(text)) return known(JSON.parse(text));
  const [, variable] = /^\s*var\.(\w+)\s*$/.exec(text) ?? [];
  if (variable) return scope.variable(variable);
  const [, address, attribute] = /^\s*((?:docker|kubernetes|terraform|null)_\w+\.\w+)\.(\w+)\s*$/.exec(text) ?? [];
  if (address) return scope.attribute(address, attribute);
  // What it does not know stays as it is written: the same text is the same value.
  return known(`\${${text}}`);
}
