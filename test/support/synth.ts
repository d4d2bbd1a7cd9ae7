import { DockerProvider } from "@cdktf/provider-docker/lib/provider";
import { App, TerraformStack, Testing } from "cdktf";

/** The parts of a synthesized stack that tests look at. */
export interface Synthesized {
  readonly resource: Record<string, Record<string, Attributes>>;
  readonly variable: Record<string, Attributes>;
  readonly output: Record<string, Attributes>;
  readonly terraform: Attributes;
}

// biome-ignore lint/suspicious/noExplicitAny: the shape is Terraform's
export type Attributes = Record<string, any>;

/** Builds something in a stack that has a Docker provider, and returns what Terraform would read. */
export function synthesize(build: (stack: TerraformStack) => void): Synthesized {
  const stack = new TerraformStack(new App({ stackTraces: false }), "test");
  new DockerProvider(stack, "docker");
  build(stack);
  return JSON.parse(Testing.synth(stack, true));
}

/** The attributes of the only resource of a type whose id contains a word. */
export function find({ resource }: Pick<Synthesized, "resource">, type: string, word: string): Attributes {
  const found = Object.entries(resource[type] ?? {}).filter(([id]) => id.includes(word));
  if (found.length !== 1) {
    throw new Error(
      `${found.length} of ${type} match ${word}; there are ${Object.keys(resource[type] ?? {}).join(", ")}`,
    );
  }
  return found[0]?.[1] ?? {};
}

/** A container's environment as a map. */
export function environmentOf(container: Attributes): Record<string, string> {
  return Object.fromEntries(container.env.map((entry: string) => entry.split(/=(.*)/s).slice(0, 2)));
}

/** Content of a file that is uploaded into a container. */
export function fileOf(container: Attributes, path: string): string {
  return container.upload.find((file: Attributes) => file.file === path)?.content;
}
