import { get, record } from "../../../plan/json";
import type { Change } from "../../../plan/model";
import { code } from "../../brief";
import type { Rule } from "../../rule";

export const rightsWidened: Rule = {
  id: "rights-widened",
  category: "exposure",
  severity: "warning",
  what: "A rule, a group, a robot or the catalog gives more than before",
  why: "What was pulled cannot be taken back, and a pushed tag reaches whoever pulls it. `anyone` needs no password.",
  fix: "Check that the names, the repositories and the rights are the ones that were asked for.",
  fact: "Rights of `access` are a `null_resource` with a trigger for each rule, group and robot, and one for the catalog. Tokens carry them within seconds of the apply.",
  consequence: ({ plan }) =>
    plan.changes
      .filter(({ before, after }) => before && after && holdsRights(after))
      .map(gained)
      .filter(isSaid),
};

interface Said {
  readonly address: string;
  readonly message: string;
}

type Lines = Readonly<Record<string, unknown>>;

/** What the lines give that they did not give before. */
function gained({ address, before, after }: Change): Said | undefined {
  const [old, next] = [record(get(before, "triggers")), record(get(after, "triggers"))];
  const parts = [...new Set([...Object.keys(next), ...Object.keys(old)])].flatMap((line) => {
    const [, robot] = ROBOT.exec(line) ?? [];
    return robot === undefined
      ? newWords(line, old, next)
      : laterEnd(robot, old[line], next[line] ?? endOf(robot, next));
  });
  return parts.length > 0 ? { address, message: `New rights: ${parts.join("; ")}.` } : undefined;
}

function newWords(line: string, old: Lines, next: Lines): string[] {
  const had = words(old[line]);
  const more = words(next[line]).filter((word) => !had.includes(word));
  if (more.length === 0) return [];
  const [, repository, who] = RIGHT.exec(line) ?? [];
  if (!repository) return [`${line}: ${more.join(", ")}`];
  const anyone = who?.split(", ").includes("anyone") ? ", without a login" : "";
  return [`${code(repository)} for ${who}${anyone}: ${more.join(", ")}`];
}

/** A new robot has what the rules give it: they are told. */
function laterEnd(robot: string, had: unknown, has: unknown): string[] {
  if (typeof had !== "string" || typeof has !== "string" || had === NO_END) return [];
  return has === NO_END || has > had ? [`robot ${robot}: ${has}`] : [];
}

/** A user who was a robot, and is still named, does not end. */
function endOf(robot: string, lines: Lines): string | undefined {
  const isNamed = Object.entries(lines).some(([line, value]) => {
    const [, , who] = RIGHT.exec(line) ?? [];
    return words(who ?? value).includes(robot);
  });
  return isNamed ? NO_END : undefined;
}

const RIGHT = /^(\S+) for (.+)$/;
const ROBOT = /^robot (\S+)$/;
const NO_END = "no end";
const words = (value: unknown) => (typeof value === "string" ? value.split(", ") : []);
const isSaid = (one: Said | undefined): one is Said => one !== undefined;

/** The lines that `access` makes, and nothing else's triggers. */
function holdsRights({ triggers }: NonNullable<Change["after"]>): boolean {
  return Object.entries(record(triggers)).some(
    ([line, value]) =>
      RIGHT.test(line) && words(value).length > 0 && words(value).every((word) => /^(pull|push|delete)$/.test(word)),
  );
}
