import type { Environment } from "../../config";
import { type PlanJson, priorResources } from "../../plan/plan-json";
import { type DockerConnection, hasStartInterval } from "../docker";
import { dockerFailure } from "../docker-failure";
import { Failure } from "../failure";
import { olderThan25 } from "../known-failures";
import { containerName, isPortFree, portOwner } from "../port-owner";

interface PlannedContainer {
  readonly name: string;
  readonly ports: readonly { readonly ip: string; readonly external: number }[];
}

/**
 * Looks for what would fail in the middle of an apply, before anything is changed: names and ports that others have.
 * @throws Failure naming who has them
 */
export async function checkBeforeApply(
  docker: DockerConnection,
  environment: Environment,
  plan: PlanJson,
): Promise<void> {
  const containers = plannedContainers(plan);
  if (containers.length === 0) return;
  if (!environment.docker.olderThan25 && !hasStartInterval(docker)) {
    const { message, remedy } = olderThan25(environment.name, docker.host);
    throw new Failure(`${message}; nothing was changed`, remedy);
  }
  const existing = await docker.client
    .listContainers({ all: true })
    .catch((error) => Promise.reject(dockerFailure(error, docker.host)));
  const ours = new Set(priorResources(plan).map(({ values }) => values.id));
  for (const { name } of containers) {
    const other = existing.find(({ Id, Names }) => Names.includes(`/${name}`) && !ours.has(Id));
    if (other) {
      throw new Failure(
        `A container called ${name} exists and is not ${environment.name}'s: it is not in the Terraform state`,
        `look at it: docker inspect ${other.Id.slice(0, 12)}; then rename or remove it, or give the environment another name`,
      );
    }
  }
  const published = new Set(
    existing.filter(({ Id }) => ours.has(Id)).flatMap(({ Ports }) => Ports.map(({ PublicPort }) => PublicPort)),
  );
  for (const { ip, external } of containers.flatMap(({ ports }) => ports)) {
    if (published.has(external)) continue;
    const holder = existing.find(({ Ports }) =>
      Ports.some((port) => port.PublicPort === external && overlap(port.IP, ip)),
    );
    if (holder) throw portTaken(ip, external, `container ${containerName(holder.Names)}`);
    if (docker.isLocal && !(await isPortFree(ip, external))) {
      throw portTaken(ip, external, await portOwner(docker, external));
    }
  }
}

function portTaken(address: string, port: number, owner: string | undefined): Failure {
  return new Failure(
    `Port ${port} of ${address} is taken${owner ? ` by ${owner}` : ""}; nothing was changed`,
    "stop what uses it, or choose another publish.port in the environment file",
  );
}

/** Containers that will be made, or made anew. */
function plannedContainers(plan: PlanJson): PlannedContainer[] {
  return (plan.resource_changes ?? [])
    .filter(({ type, change }) => type === "docker_container" && change.actions.includes("create"))
    .map(({ change }) => ({
      name: String(change.after?.name),
      ports: (change.after?.ports as PlannedContainer["ports"] | undefined) ?? [],
    }));
}

const ANY = new Set(["0.0.0.0", "::", undefined]);

/** Whether two addresses compete for a port. */
function overlap(a: string | undefined, b: string): boolean {
  return a === b || ANY.has(a) || ANY.has(b);
}
