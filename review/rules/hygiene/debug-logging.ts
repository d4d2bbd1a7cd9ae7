import { code } from "../../brief";
import type { Rule } from "../../rule";

export const debugLogging: Rule = {
  id: "debug-logging",
  category: "hygiene",
  severity: "info",
  what: "The registry logs at debug level",
  why: "It fills the disk and writes headers and storage calls of every request.",
  fix: "Use `info`; go back to it after the search for a fault.",
  fact: "The configuration inside the image logs at debug.",
  posture: (world) =>
    world.containers
      .filter(
        (container) => container.role === "registry" && world.settings(container).values.get("log.level") === "debug",
      )
      .map(({ address, name }) => ({ address, message: `${code(name)} logs at debug level.` })),
};
