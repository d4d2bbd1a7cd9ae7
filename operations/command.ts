/** The commands of this program, as far as messages name them, by whether they are about one environment. */
type AboutOne =
  | "plan"
  | "apply"
  | "up"
  | "down"
  | "verify"
  | "status"
  | "logs"
  | "secrets init"
  | "secrets import"
  | "secrets export"
  | "secrets rotate"
  | "secrets set"
  | "secrets show"
  | "secrets path"
  | "users add"
  | "users passwd"
  | "users remove"
  | "users list"
  | "trust"
  | "backup"
  | "backup verify"
  | "restore"
  | "cache trim"
  | "cache clients"
  | "gc"
  | "retention"
  | "space"
  | "schedule"
  | "monitoring measure"
  | "upgrade"
  | "import switch";
type AboutAny = "doctor" | "init" | "synth" | "review" | "lock" | "bundle create" | "bundle load" | "bundle push";

/** How this program is called here, as far as anybody said. */
let program = "private-registry";

/** Says how the program is called: `npx private-registry` from a checkout, where it is on no PATH. */
export function callAs(words: string): void {
  program = words;
}

/**
 * A command line that can be pasted as it is; every message that names a command gets it from here. One that is about an
 * environment cannot be made without its name.
 */
export function command(name: AboutOne, environment: string, ...args: readonly string[]): string;
export function command(name: AboutAny, ...args: readonly string[]): string;
export function command(name: string, ...args: readonly string[]): string {
  return [program, name, ...args.map(quote)].join(" ");
}

/** As a shell takes it; words in capitals, as `NAME`, are for a person to replace. */
export function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
