/** Text from a plan is anybody's text: in a comment it must not become markup, a link or a mention. */

/** A code span that no backquote inside can end, on one line. */
export function code(value: string): string {
  const flat = oneLine(value);
  if (!flat.includes("`")) return `\`${flat}\``;
  const longest = Math.max(...(flat.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence} ${flat} ${fence}`;
}

/** Plain text. */
export function inline(value: string): string {
  return oneLine(value)
    .replace(/[&\\`*_[\]<>]|~(?=~)|#(?=\d)|(?<=~)~/g, (letter) => `&#${letter.codePointAt(0)};`)
    .replaceAll("@", "@\u200b")
    .replaceAll("://", ":\u200b//");
}

/** A message: what stands between backquotes is code, the rest is plain text. */
export function sentence(value: string): string {
  const parts = oneLine(value).split("`");
  // An odd number of backquotes: the last one is a letter like any other.
  if (parts.length % 2 === 0) parts.push(`${parts.pop()}`);
  return parts.map((part, index) => (index % 2 === 1 && index < parts.length - 1 ? code(part) : inline(part))).join("");
}

function oneLine(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are taken out
  return value.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, " ");
}
