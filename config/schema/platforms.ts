import { dockerSchema } from "./docker";

/** What can run the containers, by the section of an environment file that says where. */
export const platformSchemas = {
  docker: dockerSchema.prefault({}).describe("Where the containers run."),
};
