import { z } from "zod";
import { NAME } from "../constructs/values/names";
import { accessSchema } from "./schema/access";
import { imagesSchema, networksSchema } from "./schema/docker";
import { monitoringSchema } from "./schema/monitoring";
import { platformSchemas } from "./schema/platforms";
import { registrySchema } from "./schema/registry";
import { backupSchema } from "./schema/schedule";
import { stateSchema } from "./schema/state";
import { storageSchema } from "./schema/storage";
import { uiSchema } from "./schema/ui";
import { form, labels } from "./schema/values";

/** The one definition of an environment file; the JSON Schema for editors is generated from it. */
export const environmentSchema = z
  .strictObject({
    name: form(NAME)
      .optional()
      .describe(
        "Name of the environment: of its stack, and the prefix of its Docker objects. Default: the file's name without .yaml. Changing it makes everything anew, data volume included.",
      ),
    ...platformSchemas,
    state: stateSchema
      .prefault({ backend: "local" })
      .describe(
        "Where Terraform keeps its state: local, s3, http, pg, gcs or azurerm. Default local; a team needs one of the others, with a lock.",
      ),
    images: imagesSchema.prefault({}).describe("Which images run, and where they are pulled from."),
    registry: registrySchema.describe("The registry that clients talk to (CNCF Distribution)."),
    storage: storageSchema
      .prefault({ rustfs: {} })
      .describe("Where the images are kept: rustfs or s3. Default: RustFS on a protected volume."),
    access: accessSchema
      .optional()
      .describe(
        "Who may do what with which repository. Default: whoever logs in may pull, push, delete and list everything.",
      ),
    networks: networksSchema.prefault({}).describe("The two Docker networks."),
    backup: backupSchema
      .optional()
      .describe(
        "Where the commands backup and restore keep the images. Default: each command is told with --to or --from. Nothing happens without a command.",
      ),
    monitoring: monitoringSchema
      .prefault({})
      .describe("How the registry is watched. Default: not at all, which costs nothing."),
    ui: uiSchema
      .optional()
      .describe(
        "A page to browse the images, with the registry's own login; `ui: {}` takes all defaults. Default: none.",
      ),
    labels: labels()
      .default({})
      .describe(
        "Labels of every container and network. Default: none. Never on volumes: a changed label would replace the data volume.",
      ),
  })
  .meta({ title: "Environment of a private registry" });

/** What a file says, with the defaults that depend on nothing else. */
export type Parsed = z.output<typeof environmentSchema>;

/** One environment with its name, the state's path and the registry's memory filled in; the constructs have the other defaults. */
export type Environment = Parsed & {
  readonly name: string;
  readonly registry: { readonly memoryMb: number };
  /** @default - none: it runs on a Docker host. With it, `docker` is none */
  readonly kubernetes?: { readonly namespace: string };
};

/** Where a Docker Engine is, and how it is reached. */
export type DockerSettings = NonNullable<Environment["docker"]>;
