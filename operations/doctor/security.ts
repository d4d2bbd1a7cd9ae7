import type { Environment } from "../../config";
import { storageServer } from "../../stacks";
import type { DockerConnection } from "../docker/docker";
import { passed, warning } from "../verify/check";

/** RustFS's user, which its directories belong to. */
const USER = 10001;

/** What an engine says about how it is confined, as `name=rootless`. */
export async function securityOf({ client }: DockerConnection): Promise<Set<string>> {
  const { SecurityOptions } = (await client.info()) as { SecurityOptions?: readonly string[] };
  return new Set((SecurityOptions ?? []).flatMap((one) => /name=([\w-]+)/.exec(one)?.[1] ?? []));
}

/** Rootless engines, remapped users and SELinux change who owns files and which ports may be published. */
export async function checkSecurity(docker: DockerConnection, environment: Environment) {
  const { name, registry } = environment;
  const { directories = [], ports: published = [] } = storageServer(environment) ?? {};
  const options = await securityOf(docker);
  const kinds = [
    ...(options.has("rootless") ? ["rootless"] : []),
    ...(options.has("userns") ? ["users remapped"] : []),
    ...(options.has("selinux") ? ["SELinux"] : []),
  ];
  if (kinds.length === 0) return passed();
  const ports = [registry.publish, ...published.map((one) => one.published)].flatMap((one) => one?.port ?? []);
  const lowest = Math.min(...ports);
  const notes = [
    ...(options.has("rootless") && lowest < 1024
      ? [
          `port ${lowest} is the system's: sudo sysctl -w net.ipv4.ip_unprivileged_port_start=${lowest}, or publish one from 1024`,
        ]
      : []),
    ...((options.has("rootless") || options.has("userns")) && directories.length > 0
      ? [
          `uid ${USER} of a container is another one on the host; let a container set the owner: ${directories.map((one) => chown(one)).join("; ")}`,
        ]
      : []),
    ...(options.has("selinux") && directories.length > 0
      ? [`directories need a label: sudo chcon -Rt container_file_t ${directories.join(" ")}`]
      : []),
  ];
  const detail = `${kinds.join(", ")}${notes.length === 0 ? `; nothing in ${name} minds` : ""}`;
  return notes.length === 0 ? passed(detail) : warning(detail, notes.join("\n    → "));
}

/** Inside, root may; outside, it would have to be known which range of uids this engine has. */
const chown = (directory: string) =>
  `docker run --rm --user 0 --entrypoint chown -v ${directory}:/d registry:3 ${USER}:${USER} /d`;
