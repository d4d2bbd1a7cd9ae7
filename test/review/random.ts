/** Random, and the same on every machine (mulberry32). */
export class Random {
  private state: number;

  constructor(state: number) {
    this.state = state;
  }

  public next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  public below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  public pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** Nothing that occurs by chance elsewhere. */
  public secret(): string {
    const letters = "ABCDEFGHJKMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789";
    return Array.from({ length: 14 + this.below(20) }, () => letters[this.below(letters.length)]).join("");
  }
}
