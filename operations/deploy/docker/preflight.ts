import type { Environment } from "../../../config";
import { addressesOverlap } from "../../../constructs/values/ip";
import { createdContainers, type PlanJson } from "../../../plan/plan-json";
import { command } from "../../command";
import { type DockerConnection, hasStartInterval } from "../../docker/docker";
import { dockerFailure } from "../../docker/failure";
import { containerName, isPortFree, portOwner } from "../../docker/port-owner";
import { Failure } from "../../failure";
import { olderThan25 } from "../../known-failures";
import { readRecord } from "../deployment-record";
import { type FoundObject, madeBy, stateOf } from "../objects";
import { findUnknown } from "./engine-objects";

interface PlannedPort {
  readonly ip: string;
  readonly external: number;
}

/**
 * Looks for what would fail in the middle of an apply, before anything is changed: names and ports that others have.
 * @param adopt volumes that a person said are the environment's
 * @returns what an apply of ours left when it was killed
 * @throws Failure naming who has them
 */
export async function checkBeforeApply(
  docker: DockerConnection,
  environment: Environment,
  plan: PlanJson,
  adopt: readonly string[] = [],
): Promise<readonly FoundObject[]> {
  const made = madeBy(plan);
  if (made.some(({ kind }) => kind === "container") && !environment.docker?.olderThan25 && !hasStartInterval(docker)) {
    const { message, remedy } = olderThan25(environment.name, docker.host);
    throw new Failure(`${message}; nothing was changed`, remedy);
  }
  const state = stateOf(plan);
  const { ours, others } = await findUnknown(docker, made, {
    environment,
    state,
    record: readRecord(environment),
    adopt,
  });
  const problems = [...others.map((one) => notOurs(one, environment.name)), ...ours.flatMap(replacedLater)];
  if (problems.length > 0) {
    throw new Failure(
      problems.map(({ message }) => message).join("\n"),
      problems.map(({ remedy }) => remedy).join("\n  → "),
    );
  }
  const known = new Set([...state.map(({ values }) => values.id), ...ours.map(({ id }) => id)]);
  await checkPorts(docker, plannedPorts(plan), known);
  return ours;
}

interface Problem {
  readonly message: string;
  readonly remedy: string;
}

function notOurs({ kind, name, id, environment }: FoundObject, own: string): Problem {
  if (kind === "volume") {
    return {
      message: `A volume called ${name} exists and is not ${own}'s: it is neither in the Terraform state nor used by ${own}'s containers`,
      remedy: `if what is in it is ${own}'s: ${command("up", own, "--adopt", name)}; else give the environment another name`,
    };
  }
  if (environment === own) {
    return {
      message: `The ${kind} ${name} exists and belongs to another Terraform state of ${own}: another folder or machine deploys ${own} to this Docker host`,
      remedy: `work where that state is, or give this environment another name; if that state is lost, docker ${kind} rm ${kind === "container" ? "--force " : ""}${name} (it holds no data)`,
    };
  }
  return {
    message: `A ${kind} called ${name} exists and is not ${own}'s: it is not in the Terraform state`,
    remedy: `look at it: docker ${kind} inspect ${id.slice(0, 12)}; then ${kind === "container" ? "rename or remove" : "remove"} it, or give the environment another name`,
  };
}

function replacedLater({ name, differs }: FoundObject): Problem[] {
  if (!differs) return [];
  return [
    {
      message: `Volume ${name} has what Terraform would not give it (${differs}): the provider would replace it, with everything in it`,
      remedy: `copy it to a volume without that: docker volume create NEW; docker run --rm --volume ${name}:/from:ro --volume NEW:/to alpine cp -a /from/. /to; and name that one in the environment file`,
    },
  ];
}

async function checkPorts(docker: DockerConnection, ports: readonly PlannedPort[], known: ReadonlySet<unknown>) {
  if (ports.length === 0) return;
  const existing = await docker.client
    .listContainers({ all: true })
    .catch((error) => Promise.reject(dockerFailure(error, docker.host)));
  const published = new Set(
    existing.filter(({ Id }) => known.has(Id)).flatMap(({ Ports }) => Ports.map(({ PublicPort }) => PublicPort)),
  );
  for (const { ip, external } of ports) {
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

/** Ports of containers that will be made, or made anew. */
function plannedPorts(plan: PlanJson): PlannedPort[] {
  return createdContainers(plan).flatMap(({ change }) => (change.after?.ports as PlannedPort[] | null) ?? []);
}

/** Whether two addresses compete for a port. */
function overlap(a: string | undefined, b: string): boolean {
  return a === undefined || addressesOverlap(a, b);
}
