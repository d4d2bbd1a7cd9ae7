import type { Environment } from "../../config";
import { isSameEngine, selectedEngine } from "../docker/context";
import { connectDocker, type DockerConnection, type DockerSettings, hasStartInterval } from "../docker/docker";
import { Failure } from "../failure";
import { olderThan25 } from "../known-failures";
import type { Variables } from "../terraform/terraform";
import { type Checks, failed, passed, reason, skipped, warning } from "../verify/check";

const DEFAULT_SOCKET = process.platform === "win32" ? "npipe:////./pipe/docker_engine" : "unix:///var/run/docker.sock";

/** Whether the engine answers, and whether it is the one that the `docker` command means. */
export async function checkDocker(
  checks: Checks,
  settings: DockerSettings,
  variables: Variables,
  environment?: Environment,
) {
  let docker: DockerConnection | undefined;
  await checks.run("docker", `Docker Engine at ${settings.host}`, async () => {
    try {
      docker = await connectDocker(settings, variables);
      return judgeEngine(docker, environment);
    } catch (error) {
      return error instanceof Failure ? failed(error.message, error.remedy) : failed(reason(error));
    }
  });
  await checks.run("docker-selected", "the docker command means the same engine", () =>
    checkSelected(settings, variables),
  );
  return docker;
}

/** Whether an engine is new enough, by its API: one that somebody built may have no number of its own. */
export function judgeEngine(
  docker: Pick<DockerConnection, "version" | "apiVersion" | "host">,
  environment?: Environment,
) {
  const { apiVersion, host } = docker;
  const text = `${/\d/.test(docker.version) ? docker.version : "without a version number"}, API ${apiVersion}`;
  if (!atLeast(apiVersion, "1.41"))
    return failed(`${text}; 20.10 (API 1.41) or newer is needed`, "install a newer one");
  const isOlder = !hasStartInterval(docker);
  if (environment?.docker && isOlder !== environment.docker.olderThan25) {
    const { message, remedy } = olderThan25(environment.name, host);
    return isOlder
      ? failed(`${text}: ${message}`, remedy)
      : warning(
          `${text}, while docker.olderThan25 is true`,
          "remove it: health checks then run every 30 s, not every 1.8 s",
        );
  }
  return passed(text);
}

/** Docker's variables and contexts change where `docker` looks, and nothing here: worth knowing before one compares. */
function checkSelected({ host, tlsDirectory }: DockerSettings, variables: Variables) {
  const selected = selectedEngine(variables);
  const ignored = "docker.host of the environment file decides here";
  if (selected && !(selected.host && isSameEngine(selected.host, host))) {
    const leads = selected.host && !selected.by.endsWith(selected.host) ? ` (${selected.host})` : "";
    return warning(
      `${selected.by}${leads} leads it elsewhere than ${host}; ${ignored}`,
      `docker --host ${host} ps looks where this environment runs${variables.DOCKER_CONTEXT ? "; before plain terraform or cdktf deploy, unset DOCKER_CONTEXT: the provider would follow it" : ""}`,
    );
  }
  const { DOCKER_CERT_PATH, DOCKER_TLS_VERIFY } = variables;
  const certificates = Object.entries({ DOCKER_CERT_PATH, DOCKER_TLS_VERIFY }).filter(([, value]) => value);
  if (certificates.length > 0 && tlsDirectory === undefined) {
    const names = certificates.map(([name, value]) => `${name}=${value}`).join(" and ");
    return warning(`${names} make it speak TLS; ${ignored}`, `unset ${certificates.map(([name]) => name).join(" ")}`);
  }
  // Without a choice it is the system's engine.
  if (!selected && !isSameEngine(host, DEFAULT_SOCKET))
    return skipped(`it means the one at ${DEFAULT_SOCKET}; docker --host ${host} is this one`);
  return passed(selected?.by);
}

/** Whether a version is at least another; missing parts count as zero. */
export function atLeast(version: string, wanted: string): boolean {
  const parts = (text: string) => text.split(/[.+-]/).map(Number);
  const [a, b] = [parts(version), parts(wanted)];
  for (const [n, part] of b.entries()) {
    const other = a[n] || 0;
    if (other !== part) return other > part;
  }
  return true;
}
