/** Major, minor, patch. */
export type Version = readonly [number, number, number];

/** Whether a version fits one of Terraform's constraints, e.g. `>= 1.4, < 2`. A constraint that cannot be read fits all. */
export function admits(constraint: string, version: Version): boolean {
  return constraint.split(",").every((part) => {
    const [, operator = "=", text = ""] = /^\s*(=|!=|>=|<=|>|<|~>)?\s*v?(\d+(?:\.\d+){0,2})\s*$/.exec(part) ?? [];
    return text === "" || fits(operator, text, version);
  });
}

/** Whether some version of a major, from a minor on, fits. */
export function admitsAny(constraint: string, major: number, fromMinor: number): boolean {
  const patches = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 99, 999];
  const minors = Array.from({ length: 60 }, (_, n) => fromMinor + n);
  return [...minors, 999].some((minor) => patches.some((patch) => admits(constraint, [major, minor, patch])));
}

function fits(operator: string, text: string, version: Version): boolean {
  const parts = text.split(".").map(Number);
  const bound: Version = [parts[0] ?? 0, parts[1] ?? 0, parts[2] ?? 0];
  const order = compareVersions(version, bound);
  switch (operator) {
    case "!=":
      return order !== 0;
    case ">=":
      return order >= 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case "<":
      return order < 0;
    case "~>":
      // Only the last part that is written may rise.
      return order >= 0 && parts.slice(0, -1).every((part, n) => version[n] === part);
    default:
      return order === 0;
  }
}

/** Negative when the first is the older. */
export function compareVersions(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}
