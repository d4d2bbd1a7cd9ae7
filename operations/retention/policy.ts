import { satisfies, valid } from "semver";
import type { RetentionRule } from "../../config/schema/retention";
import type { Digest } from "../closure/inventory";

/** A tag, as far as rules look at it. */
export interface RuledTag {
  readonly repository: string;
  readonly name: string;
  readonly digest: Digest;
  /** When it was last pushed, in milliseconds since 1970. */
  readonly pushed: number;
  /** Of all that it needs, whoever else does. */
  readonly bytes: number;
}

/** What becomes of a tag, and why. */
export interface Verdict {
  readonly tag: RuledTag;
  readonly stays: boolean;
  /** Which rule, counted from 1. @default - none matches */
  readonly rule?: number;
  readonly reason: string;
}

const DAY_MS = 86_400_000;

/** `sha256-HEX`, perhaps with `.sig` and the like: what belongs to the digest that it names. */
const COMPANION = /^(sha256|sha512)-([0-9a-f]{64,128})(?:\.[\w.-]+)?$/;

/** The digest that a tag belongs to by its name. */
export function companionOf(tag: string): Digest | undefined {
  const [, algorithm, hex] = COMPANION.exec(tag) ?? [];
  return algorithm && `${algorithm}:${hex}`;
}

/**
 * What becomes of each tag. Of the rules, the first that matches a tag's repository and name decides; a tag that matches none stays.
 * Within a rule, one reason to stay is enough. Tags that belong to a digest stay as long as that does: not decided here.
 */
export function judgeTags(tags: readonly RuledTag[], rules: readonly RetentionRule[], now: number): Verdict[] {
  const ruled = tags.filter(({ name }) => companionOf(name) === undefined);
  const ruleOf = (tag: RuledTag) => rules.findIndex((rule) => matches(rule, tag));
  const groups = new Map<string, RuledTag[]>();
  for (const tag of ruled) {
    const key = `${ruleOf(tag)} ${tag.repository}`;
    groups.set(key, [...(groups.get(key) ?? []), tag]);
  }
  return ruled.map((tag) => {
    const index = ruleOf(tag);
    const rule = rules[index];
    if (!rule) return { tag, stays: true, reason: "no rule matches" };
    const group = groups.get(`${index} ${tag.repository}`) ?? [];
    const reason = reasonToStay(rule, tag, group, now);
    return { tag, rule: index + 1, stays: reason !== undefined, reason: reason ?? "no reason to keep it" };
  });
}

function matches({ repositories, tags }: RetentionRule, tag: RuledTag): boolean {
  return repositories.some((one) => glob(one, tag.repository)) && (tags?.some((one) => glob(one, tag.name)) ?? true);
}

function reasonToStay(
  { keep }: RetentionRule,
  tag: RuledTag,
  group: readonly RuledTag[],
  now: number,
): string | undefined {
  const { newest, pushedWithinDays, versions, tags } = keep;
  const always = tags?.find((one) => glob(one, tag.name));
  if (always !== undefined) return `always kept: ${always}`;
  if (pushedWithinDays !== undefined && now - tag.pushed <= pushedWithinDays * DAY_MS)
    return `pushed within ${pushedWithinDays} days`;
  if (versions !== undefined && valid(tag.name, { loose: true }) && satisfies(tag.name, versions, { loose: true }))
    return `version ${versions}`;
  if (newest !== undefined && rankOf(tag, group) < newest) return `of the newest ${newest}`;
  return undefined;
}

/** How many of a group were pushed later; of those pushed at once, the name that comes later counts as newer. */
function rankOf(tag: RuledTag, group: readonly RuledTag[]): number {
  return group.filter((one) => one.pushed > tag.pushed || (one.pushed === tag.pushed && one.name > tag.name)).length;
}

/** `*` is anything but a slash, `**` anything. */
export function glob(pattern: string, text: string): boolean {
  const parts = pattern.split(/(\*\*|\*)/).map((part) => {
    if (part === "**") return ".*";
    return part === "*" ? "[^/]*" : part.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  });
  return new RegExp(`^${parts.join("")}$`).test(text);
}
