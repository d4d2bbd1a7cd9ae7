/** Something that is not as it was. */
export interface ImportChange {
  readonly what: string;
  readonly why: string;
}

/** What became of a key of the old configuration. */
export type Fate = "kept" | "changed" | "left out";

/** Collects what an import keeps and what it changes. */
export class Report {
  public keptThings: string[] = [];
  public readonly changes: ImportChange[] = [];
  /** What the person has to look at. */
  public readonly warnings: string[] = [];
  private readonly told = new Map<string, Fate>();

  public kept(what: string): void {
    this.keptThings.push(what);
  }

  /** @param keys of the old configuration that it is about, each with all that is below it */
  public changed(what: string, why: string, ...keys: readonly string[]): void {
    this.changes.push({ what, why });
    for (const key of keys) this.told.set(key, "changed");
  }

  public leftOut(key: string, why: string): void {
    if (this.told.get(key) === "left out") return;
    this.keptThings = this.keptThings.filter((what) => !what.startsWith(`${key}, in `) && !what.startsWith(`${key}.`));
    this.changes.push({ what: `${key} is left out`, why });
    this.told.set(key, "left out");
  }

  public warn(what: string): void {
    this.warnings.push(what);
  }

  /** How many keys of the old configuration were kept, changed and left out. */
  public counts: Readonly<Record<Fate, number>> = { kept: 0, changed: 0, "left out": 0 };

  public count(keys: readonly string[]): void {
    const fates = keys.map((key) => this.fateOf(key));
    const of = (fate: Fate) => fates.filter((one) => one === fate).length;
    this.counts = { kept: of("kept"), changed: of("changed"), "left out": of("left out") };
  }

  /** What became of a key: the nearest that something was said of decides, and what nothing was said of is as it was. */
  public fateOf(key: string): Fate {
    const parts = key.split(".");
    for (let length = parts.length; length > 0; length -= 1) {
      const fate = this.told.get(parts.slice(0, length).join("."));
      if (fate) return fate;
    }
    return "kept";
  }
}
