import { code } from "../../brief";
import type { Rule } from "../../rule";

export const dockerSocketMounted: Rule = {
  id: "docker-socket-mounted",
  category: "exposure",
  severity: "error",
  what: "A container gets the Docker socket",
  why: "Whoever takes over that container is root on the host.",
  fix: "Put a socket proxy in between that passes only the requests it needs, or do without.",
  fact: "The Docker API can start a privileged container with the host's files; mounting the socket read-only does not change that.",
  posture: ({ containers }) =>
    containers
      .filter(({ mounts }) =>
        mounts.some(({ source }) => source !== undefined && /\/(docker|containerd)\.sock$/.test(source)),
      )
      .map(({ address, name }) => ({ address, message: `${code(name)} gets the Docker socket.` })),
};
