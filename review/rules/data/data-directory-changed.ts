import type { Change } from "../../../plan/model";
import { code } from "../../brief";
import { causeOf } from "../../cause";
import type { Problem } from "../../finding";
import { type Rule, startsAnew, type Transition } from "../../rule";
import type { Container, Mount } from "../../world/container";
import { covers, dataDirectories, dataMounts, mountOf } from "../../world/data";

export const dataDirectoryChanged: Rule = {
  id: "data-directory-changed",
  category: "data",
  severity: "error",
  what: "A container gets its data from another place than before",
  why: "The files stay where they are. The container starts without them: with an empty registry or store.",
  fix: "Copy the data to the new place first, and say in the pull request that it is done; or take the change back.",
  fact: "Docker mounts what it is told to, and creates a missing volume or directory empty.",
  consequence: (transition) =>
    transition.containers.flatMap((entry) => {
      const { change, before, after } = entry;
      return startsAnew(entry) && before && after ? moved(change, before, after, transition) : [];
    }),
};

function moved(change: Change, before: Container, after: Container, transition: Transition): Problem[] {
  const problem = (message: string): Problem => ({
    address: change.address,
    message,
    cause: causeOf(change, transition.plan),
    impact: { kind: "left-behind" },
  });
  const [old, next] = [dataDirectories(before, transition.before), dataDirectories(after, transition.after)];
  const unmounted = dataMounts(before)
    .filter((mount) => !isDestroyed(mount, transition) && !isMounted(mount, after))
    .map((mount) => unmounting(mount, after, next, problem(sentence(after, mount))));
  const [from, to] = [before.workload?.namespace, after.workload?.namespace];
  if (from !== to && dataMounts(before).some((mount) => !isDestroyed(mount, transition))) {
    return [
      problem(
        `${code(after.name)} moves to namespace ${code(to ?? "")} and gets new, empty claims there. Those in ${code(from ?? "")} stay.`,
      ),
    ];
  }
  const told = old.filter((directory) => !next.includes(directory) && mountOf(before, directory) && next.length > 0);
  return unmounted.length > 0 || told.length === 0
    ? unmounted
    : [
        problem(
          `${code(after.name)} looks for its data in ${next.map(code).join(", ")} instead of ${told.map(code).join(", ")} and starts empty.`,
        ),
      ];
}

/** The same files at another path: wrong only if the program still looks at the old one. */
function unmounting(mount: Mount, after: Container, looksIn: readonly string[], problem: Problem): Problem {
  const elsewhere = after.mounts.find(({ source }) => source === mount.source);
  if (!elsewhere || looksIn.some((directory) => !covers(elsewhere, directory))) return problem;
  return { ...problem, severity: "warning", impact: undefined };
}

function isMounted({ path, source }: Mount, after: Container): boolean {
  return after.mounts.some((mount) => mount.path === path && (mount.source === source || mount.kind === "unknown"));
}

/** Then another rule says that it is lost. */
function isDestroyed(mount: Mount, { plan, before }: Transition): boolean {
  const volume = before.volumes.find(({ users }) => users.some(([, used]) => used === mount));
  const change = plan.changes.find(({ address }) => address === volume?.address);
  return change?.action === "delete" || change?.action === "replace";
}

function sentence(after: Container, { path, source }: Mount): string {
  const instead = after.mounts.find((mount) => mount.path === path);
  const elsewhere = after.mounts.find((mount) => mount.source === source);
  const from = `${code(source ?? "")} is no longer mounted at ${code(path)} of ${code(after.name)}`;
  if (instead)
    return `${from}, ${code(instead.source ?? instead.kind)} is: it starts with what is there. The old files stay where they are.`;
  if (elsewhere) return `${from} but at ${code(elsewhere.path)}: check that it looks for its data there.`;
  return `${from}: it starts empty. The old files stay where they are.`;
}
