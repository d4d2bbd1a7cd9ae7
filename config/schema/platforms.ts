import { dockerSchema } from "./docker";
import { kubernetesSchema } from "./kubernetes";

/** What can run the containers, by the section of an environment file that says where. A file has one of them. */
export const platformSchemas = {
  docker: dockerSchema
    .optional()
    .describe(
      "Where the containers run, when they run on one Docker host. Default: the Docker Engine of this machine.",
    ),
  kubernetes: kubernetesSchema
    .optional()
    .describe("Where the containers run, when they run on a Kubernetes cluster. Default: on a Docker host."),
};

/** The Docker host of a file that says nothing of a platform. */
export const thisMachine = () => dockerSchema.parse({});
