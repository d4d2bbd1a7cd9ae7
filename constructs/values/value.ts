/** What a value must be, defined once: constructs check it, the schema of environment files is made from it. */
export interface ValueType {
  /** What must hold, continuing the option's name: `must be 1–65535`. */
  readonly rule: string;
  /** What to do, beginning with a verb. */
  readonly fix: string;
  /** Whether a value is one of these. */
  accepts(value: unknown): boolean;
}

/** A number between two bounds, both included. */
export interface NumberType extends ValueType {
  readonly min: number;
  readonly max: number;
  /** Whether fractions are allowed. */
  readonly fractions: boolean;
}

/** A text of a given form. */
export interface TextType extends ValueType {
  /** As much of the form as a regular expression says; editors know it. */
  readonly pattern: RegExp;
}

/** One of a few words. */
export interface ChoiceType<T extends string> extends ValueType {
  readonly words: readonly T[];
}

/** A whole number. The unit goes into the rule: `must be a whole number of seconds 1–3600`. */
export function wholeNumber(min: number, max: number, fix: string, unit = ""): NumberType {
  return {
    min,
    max,
    fractions: false,
    rule: `must be a whole number ${unit ? `of ${unit} ` : ""}${max === Number.POSITIVE_INFINITY ? `≥ ${min}` : `${min}–${max}`}`,
    fix,
    accepts: (value) => Number.isInteger(value) && isWithin(value, min, max),
  };
}

/** A number, fractions allowed. */
export function anyNumber(min: number, max: number, rule: string, fix: string): NumberType {
  return { min, max, fractions: true, rule, fix, accepts: (value) => isWithin(value, min, max) };
}

/** A text; `also` says what the pattern cannot. */
export function textOf(
  rule: string,
  fix: string,
  pattern: RegExp = /\S/,
  also: (value: string) => boolean = () => true,
): TextType {
  return { rule, fix, pattern, accepts: (value) => typeof value === "string" && pattern.test(value) && also(value) };
}

/** One of a few words. */
export function oneOf<const T extends string>(...words: readonly T[]): ChoiceType<T> {
  return {
    words,
    rule: words.length > 9 ? `must be one of ${words.length} known names` : `must be one of ${words.join(", ")}`,
    fix: "choose one of them",
    accepts: (value) => words.includes(value as T),
  };
}

function isWithin(value: unknown, min: number, max: number): boolean {
  return typeof value === "number" && value >= min && value <= max;
}
