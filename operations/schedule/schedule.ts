const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;
const DAY_SECONDS = 86_400;

/** `"03:30"` or `"Mon,Thu 02:00"`, as environment files have it. */
export interface Schedule {
  /** Days of the week, 0 is Sunday; all of them for every day. */
  readonly days: readonly number[];
  readonly hour: number;
  readonly minute: number;
}

/** Reads a schedule that the schema has checked. */
export function parseSchedule(text: string): Schedule {
  const [, days, hour, minute] = /^(?:(\S+) )?(\d\d):(\d\d)$/.exec(text) ?? [];
  const named = days?.split(",").map((day) => DAYS.indexOf(day as (typeof DAYS)[number]));
  const unique = named ? [...new Set(named)].sort((a, b) => a - b) : DAYS.map((_, index) => index);
  return { days: unique, hour: Number(hour), minute: Number(minute) };
}

const isDaily = ({ days }: Schedule) => days.length === DAYS.length;
const two = (number: number) => String(number).padStart(2, "0");

/** For `OnCalendar=` of systemd. */
export function calendarOf(schedule: Schedule): string {
  const days = isDaily(schedule) ? "" : `${schedule.days.map((day) => DAYS[day]).join(",")} `;
  return `${days}*-*-* ${two(schedule.hour)}:${two(schedule.minute)}:00`;
}

/** The five fields of cron. */
export function cronOf(schedule: Schedule): string {
  const days = isDaily(schedule) ? "*" : schedule.days.join(",");
  return `${schedule.minute} ${schedule.hour} * * ${days}`;
}

/** The longest time between two runs. */
export function longestGapSeconds({ days }: Schedule): number {
  const gaps = days.map((day, index) => (days[index + 1] ?? (days[0] ?? 0) + 7) - day);
  return Math.max(...gaps) * DAY_SECONDS;
}

/** A run may take its time, and clocks change. */
const PATIENCE_SECONDS = 3 * 3600;

/** Whether the next run after one of that age should be done by now. */
export function isLate(text: string, ageSeconds: number): boolean {
  return ageSeconds > longestGapSeconds(parseSchedule(text)) + PATIENCE_SECONDS;
}
