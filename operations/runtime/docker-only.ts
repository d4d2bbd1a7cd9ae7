import type { DockerSettings, Environment } from "../../config";
import { command } from "../command";
import { Failure } from "../failure";

interface DockerOnly {
  /** What the command does with an engine. */
  readonly why: string;
  /** What there is in its place. */
  readonly instead: (environment: string) => string;
}

/** What only a Docker Engine can do so far, and what to do on a cluster. */
const DOCKER_ONLY = {
  upgrade: {
    why: "compares the images that an engine has, and backs up with a container of its own",
    instead: (name) =>
      `write the new images into environments/${name}.yaml, look at ${command("plan", name)}, then ${command("up", name)}: pods are replaced one by one, and an apply that fails goes back`,
  },
  audit: {
    why: "follows the log of one container on an engine",
    instead: (name) =>
      `${command("logs", name)} shows all pods' logs; to keep them, collect them with what the cluster has for that`,
  },
  "bundle load": {
    why: "puts images into an engine",
    instead: () => "put the images into a registry that the nodes reach (bundle push), and name it at images.mirror",
  },
} as const satisfies Record<string, DockerOnly>;

/**
 * The Docker Engine of an environment, before anything is asked of it.
 * @throws Failure for an environment on another platform, with what to do there
 */
export function requireEngine({ name, docker }: Environment, doing: keyof typeof DOCKER_ONLY): DockerSettings {
  if (docker) return docker;
  const { why, instead } = DOCKER_ONLY[doing];
  throw new Failure(`${name} runs on Kubernetes, and ${doing} is for Docker Engines: it ${why}`, instead(name));
}
