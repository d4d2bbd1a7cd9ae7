/** What a program printed on standard output, taken apart. */
export interface Printed {
  /** The JSON document, as it was printed. @default - there is none */
  readonly json?: string;
  /** Everything around it. */
  readonly text: string;
}

/**
 * Finds the JSON document in a program's output. OpenTofu prints warnings, such as that of a configuration file that is not
 * there, on standard output before it.
 */
export function findJson(stdout: string): Printed {
  const lines = stdout.split("\n");
  const ends = lines.flatMap((line, n) => (/[}\]]\s*$/.test(line) ? [n] : [])).reverse();
  for (const [from, line] of lines.entries()) {
    if (!/^\s*[{[]/.test(line)) continue;
    const to = ends.find((end) => end >= from && isJson(lines.slice(from, end + 1).join("\n")));
    if (to === undefined) continue;
    const around = [...lines.slice(0, from), ...lines.slice(to + 1)].join("\n").trim();
    return { json: lines.slice(from, to + 1).join("\n"), text: around };
  }
  return { text: stdout.trim() };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
