import { z } from "zod";
import { environmentSchema } from "./schema";

/** The JSON Schema of an environment file, for editors; draft 7 is what their YAML plug-ins read. */
export function environmentJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(environmentSchema, { io: "input", target: "draft-7" }) as Record<string, unknown>;
}

/** The same as the file that editors load. */
export function environmentJsonSchemaText(): string {
  return `${JSON.stringify(environmentJsonSchema(), null, 2)}\n`;
}
