import type { AuditEvent } from "./event";

/** A log is read again from so long before the last event: the engine's clock of a line is a little later than the registry's. */
const AGAIN_MS = 60_000;

/** The events of the last two minutes, to know those that are read again. */
export class RecentEvents {
  private readonly lines = new Map<string, number>();
  private last = Number.NEGATIVE_INFINITY;

  /** From when on a log must be read so that nothing is missed, in seconds since 1970. @returns nothing: from its beginning */
  public get since(): number | undefined {
    return Number.isFinite(this.last) ? Math.max(0, Math.floor((this.last - AGAIN_MS) / 1000)) : undefined;
  }

  /** @returns whether the event is a new one */
  public add({ time }: Pick<AuditEvent, "time">, line: string): boolean {
    if (this.lines.has(line)) return false;
    const at = Date.parse(time);
    this.lines.set(line, at);
    this.last = Math.max(this.last, at);
    for (const [old, then] of this.lines) {
      if (then > this.last - 2 * AGAIN_MS) break;
      this.lines.delete(old);
    }
    return true;
  }
}
