import type { PlatformObject } from "../../../constructs";
import type { RegistryStack } from "../../../stacks";
import { command } from "../../command";
import type { DockerConnection } from "../../docker/docker";
import { dockerFailure } from "../../docker/failure";
import { pullMissingImages } from "../../docker/images";
import { stopIfAsked } from "../../interruption";
import type { Host } from "../host";
import { waitUntilQuiet } from "../quiet";
import { findUnknown } from "./engine-objects";
import { checkBeforeApply } from "./preflight";
import { removeOrphans } from "./removal";
import { tryPlanned } from "./trial";

/** What an apply asks of a Docker Engine. */
export function dockerHost(docker: DockerConnection): Host {
  return {
    answered: `Docker ${docker.version} at ${docker.host}`,
    check: ({ environment }, plan, adopt) => checkBeforeApply(docker, environment, plan, adopt),
    prepare: async (operation, plan, directory) => {
      const { environment, interruption } = operation;
      await pullMissingImages(docker, plan, operation);
      const again = command("up", environment.name);
      stopIfAsked(interruption, "Nothing was changed; images that were pulled stay.", again);
      await tryPlanned(operation, docker, plan, directory);
      await waitUntilQuiet(operation, docker, plan);
    },
    findUnknown: (objects, ownership) => findUnknown(docker, objects, ownership),
    removeOrphans: (operation, orphans) => removeOrphans(operation, docker, orphans),
    existing: (stack) => existing(stack, docker),
  };
}

async function existing(stack: RegistryStack, { client, host }: DockerConnection): Promise<string[]> {
  const names = (...kinds: PlatformObject["kind"][]) =>
    stack.objects.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name);
  const containers = names("service", "job");
  const volumes = names("volume");
  try {
    const running = await client.listContainers({ all: true });
    const { Volumes } = await client.listVolumes();
    const named = (names: readonly string[]) => containers.find((name) => names.includes(`/${name}`));
    return [
      ...running.flatMap(({ Names }) => named(Names) ?? []).map((name) => `container ${name}`),
      ...(Volumes ?? []).filter(({ Name }) => volumes.includes(Name)).map(({ Name }) => `volume ${Name}`),
    ];
  } catch (error) {
    throw dockerFailure(error, host);
  }
}
