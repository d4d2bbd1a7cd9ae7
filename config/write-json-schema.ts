import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { environmentJsonSchemaText } from "./json-schema";

// `npm run schema`: after a change of the schema, since a test refuses a stale file.
const file = "environments/schema.json";
writeFileSync(join(__dirname, "..", file), environmentJsonSchemaText());
console.log(`wrote ${file}`);
