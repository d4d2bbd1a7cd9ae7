import { type OptionRule, unless } from "./rule";

/** What of RustFS depends on each other. */
export interface DataChoices {
  readonly volume?: object;
  readonly directories?: readonly string[];
  readonly parity?: number;
}

/** Rules about where RustFS keeps its data. */
export const rustfsRules: readonly OptionRule<DataChoices>[] = [
  {
    id: "data-is-in-one-place",
    reads: ["volume", "directories"],
    check: ({ volume, directories }) =>
      unless(
        volume === undefined || directories === undefined,
        "directories",
        "must not be given together with volume",
        "both",
        "remove the one that does not hold the data",
      ),
  },
  {
    id: "directories-apart",
    reads: ["directories"],
    check: ({ directories = [] }) => directories.flatMap(nested),
  },
  {
    id: "parity-fits-directories",
    reads: ["directories", "parity"],
    check: ({ directories, parity }) => {
      if (parity === undefined) return [];
      const drives = directories?.length ?? 1;
      const most = Math.floor(drives / 2);
      if (drives < 2) {
        const fix = "remove it, or list more directories";
        return unless(false, "parity", "needs two directories or more", parity, fix);
      }
      const rule = `must be 0–${most} with ${drives} directories`;
      return unless(parity <= most, "parity", rule, parity, `set it to ${most} or less`);
    },
  },
];

/** Whether one directory is the other or lies in it. */
export function isSameOrInside(directory: string, other: string): boolean {
  return directory === other || directory.startsWith(`${other}/`);
}

function nested(directory: string, index: number, all: readonly string[]) {
  const around = all.find(
    (other, position) =>
      position !== index && isSameOrInside(directory, other) && (other !== directory || position < index),
  );
  const rule = around === directory ? "must be listed once" : `must not lie in ${around}, which is listed too`;
  const fix = "name directories on separate disks";
  return unless(around === undefined, `directories[${index}]`, rule, directory, fix);
}
