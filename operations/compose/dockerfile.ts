import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { isMap } from "../../constructs/values/is-map";
import type { ComposeMount } from "./service";

/** What a Dockerfile puts into the image of a service, as far as a registry is concerned. */
export interface BuiltImage {
  /** The image that the last stage starts from, its arguments filled in. @default - the Dockerfile is not there */
  readonly base?: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Files and folders of the build context that are copied in. */
  readonly files: readonly ComposeMount[];
}

/** Reads what a service is built from: `build: FOLDER`, or a mapping. */
export function readBuild(build: unknown, directory: string): BuiltImage {
  const settings: Record<string, unknown> = isMap(build) ? build : { context: build };
  const context = resolve(directory, String(settings.context ?? "."));
  const path = resolve(context, String(settings.dockerfile ?? "Dockerfile"));
  const inline = settings.dockerfile_inline;
  const text = typeof inline === "string" ? inline : existsSync(path) ? readFileSync(path, "utf8") : "";
  const given = isMap(settings.args) ? settings.args : {};
  const values = { ...argumentsOf(text), ...Object.fromEntries(Object.entries(given).map(([k, v]) => [k, String(v)])) };
  const fill = (word: string) =>
    word.replace(/\$\{(\w+)(?::?-([^}]*))?\}|\$(\w+)/g, (_, a, usual = "", b) => values[a ?? b] ?? usual);
  const stages = stagesOf(text, fill);
  const target = typeof settings.target === "string" ? settings.target : undefined;
  const last = target ? stages.find(({ name }) => name === target) : stages.at(-1);
  const chain = last ? chainOf(last, stages) : [];
  return {
    base: chain.at(-1)?.image,
    environment: Object.assign({}, ...chain.toReversed().map(({ environment }) => environment)),
    files: chain.flatMap(({ files }) =>
      files.map(([source, target]) => ({ kind: "bind" as const, source: resolve(context, source), target })),
    ),
  };
}

interface Stage {
  readonly name?: string;
  readonly image: string;
  readonly environment: Record<string, string>;
  readonly files: [source: string, target: string][];
}

function stagesOf(text: string, fill: (word: string) => string): Stage[] {
  const stages: Stage[] = [];
  for (const { instruction, rest } of instructions(text)) {
    const words = rest.split(/\s+/).filter((word) => !word.startsWith("--"));
    if (instruction === "FROM") {
      const [image = "", as, name] = words;
      stages.push({ image: fill(image), name: /^as$/i.test(as ?? "") ? name : undefined, environment: {}, files: [] });
    }
    const stage = stages.at(-1);
    if (!stage) continue;
    // From another stage it is no file of this machine.
    if (/^(COPY|ADD)$/.test(instruction) && words.length === 2 && !/--from=/.test(rest)) {
      const [source = "", target = ""] = words.map(fill);
      stage.files.push([source, target.endsWith("/") ? `${target}${source.split("/").at(-1)}` : target]);
    }
    if (instruction === "ENV") Object.assign(stage.environment, variablesOf(rest, fill));
  }
  return stages;
}

/** A stage and those that it starts from, itself first. */
function chainOf(stage: Stage, stages: readonly Stage[]): Stage[] {
  const before = stages
    .slice(0, stages.indexOf(stage))
    .find(({ name }) => name?.toLowerCase() === stage.image.toLowerCase());
  return before ? [stage, ...chainOf(before, stages)] : [stage];
}

/** `ENV A=1 B="two words"`, or the older `ENV A one`. */
function variablesOf(rest: string, fill: (word: string) => string): Record<string, string> {
  const pairs = [...rest.matchAll(/(\w+)=("(?:[^"\\]|\\.)*"|'[^']*'|\S*)/g)];
  const [name = "", ...value] = rest.split(/\s+/);
  if (pairs.length === 0 || !name.includes("=")) return { [name]: fill(value.join(" ")) };
  return Object.fromEntries(pairs.map(([, key, quoted = ""]) => [key, fill(quoted.replace(/^(["'])(.*)\1$/, "$2"))]));
}

function argumentsOf(text: string): Record<string, string> {
  const found = instructions(text).filter(({ instruction, rest }) => instruction === "ARG" && rest.includes("="));
  return Object.fromEntries(found.map(({ rest }) => /^(\w+)=["']?(.*?)["']?$/.exec(rest)?.slice(1, 3) ?? []));
}

function instructions(text: string): { instruction: string; rest: string }[] {
  return text
    .replace(/\\\r?\n/g, " ")
    .split(/\r?\n/)
    .map((line) => /^\s*([A-Za-z]+)\s+(.*?)\s*$/.exec(line))
    .flatMap((match) => (match ? [{ instruction: (match[1] ?? "").toUpperCase(), rest: match[2] ?? "" }] : []));
}
