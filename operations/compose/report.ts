/** Something that is not as it was. */
export interface ImportChange {
  readonly what: string;
  readonly why: string;
}

/** Collects what an import keeps and what it changes. */
export class Report {
  public readonly keptThings: string[] = [];
  public readonly changes: ImportChange[] = [];
  /** What the person has to look at. */
  public readonly warnings: string[] = [];

  public kept(what: string): void {
    this.keptThings.push(what);
  }

  public changed(what: string, why: string): void {
    this.changes.push({ what, why });
  }

  public warn(what: string): void {
    this.warnings.push(what);
  }
}
