import { isUserList } from "../../plan/masking";
import { causeOf } from "../cause";
import type { Container } from "../docker/container";
import type { Rule } from "../rule";

export const usersChanged: Rule = {
  id: "users-changed",
  category: "exposure",
  severity: "warning",
  what: "Users of the registry are added, removed or get another password",
  why: "Added ones can pull and push everything; removed ones and their machines are refused from now on.",
  fix: "Check that the names are the ones that were asked for.",
  fact: "htpasswd has no rights per repository. Distribution reads a changed file within a second, without a restart.",
  consequence: (transition) =>
    transition.containers.flatMap(({ change, before, after }) => {
      const [old, next] = [usersOf(before), usersOf(after)];
      if (!old || !next) return [];
      const added = [...next.keys()].filter((name) => !old.has(name));
      const removed = [...old.keys()].filter((name) => !next.has(name));
      const renewed = [...next.keys()].filter((name) => old.has(name) && old.get(name) !== next.get(name));
      const parts = [say("added", added), say("removed", removed), say("another password", renewed)].filter(Boolean);
      if (parts.length === 0) return [];
      const nobody = next.size === 0 ? " Nobody can log in any more." : "";
      return {
        address: change.address,
        message: `Users: ${parts.join("; ")}.${nobody}`,
        cause: causeOf(change, transition.plan)?.startsWith("`upload") ? undefined : causeOf(change, transition.plan),
        severity: added.length + removed.length > 0 ? ("warning" as const) : ("info" as const),
      };
    }),
};

/** Name → hash, which is a token here. */
function usersOf(container: Container | undefined): Map<string, string> | undefined {
  const file = container?.uploads.find(({ content }) => content !== undefined && isUserList(content));
  return file?.content === undefined
    ? undefined
    : new Map(
        file.content
          .split("\n")
          .filter((line) => line.includes(":") && !line.startsWith("#"))
          .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]),
      );
}

function say(what: string, names: readonly string[]): string | undefined {
  return names.length > 0 ? `${what}: ${names.map((name) => `\`${name}\``).join(", ")}` : undefined;
}
