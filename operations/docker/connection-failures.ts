import { quote } from "../command";
import type { FailureContext, KnownFailure } from "../known-failures";

/** A call of ssh that can be pasted. */
function sshTo({ dockerHost, sshOptions = [] }: FailureContext, what: string, ...more: readonly string[]): string {
  return ["ssh", ...more, ...sshOptions.map(quote), dockerHost, what].join(" ");
}

/** ssh itself asks, shows the fingerprint, and writes what was answered where it looks next time. */
function newHostKey(context: FailureContext): string {
  return `${sshTo(context, "true", "-o", "StrictHostKeyChecking=ask")} shows the key's fingerprint and asks; on the host's own console: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`;
}

/** Why nobody gets to speak with an engine: by ssh, its socket, or TLS. */
export const CONNECTION_FAILURES: readonly KnownFailure[] = [
  {
    id: "docker-permission-over-ssh",
    pattern:
      /(?:ssh ended with|command \[ssh)[\s\S]*(?:permission denied while trying to connect to the docker|dial unix \S+: connect: permission denied)/i,
    explain: (_, { dockerHost, sshUser }) => {
      const { username, hostname } = new URL(dockerHost);
      const user = username || sshUser;
      return {
        message: `${user ? `User ${user}` : "The user that ssh logs in as"} may not use Docker's socket on ${hostname}`,
        remedy: `on ${hostname}, as root: usermod -aG docker ${user || "USER"} (who is in that group controls the machine)`,
      };
    },
  },
  {
    id: "docker-permission",
    pattern: /permission denied while trying to connect to the docker|connect EACCES|dial unix .*: permission denied/i,
    explain: (_, { dockerHost, user }) => ({
      message: `${user ? `User ${user}` : "This user"} may not use Docker's socket, ${dockerHost}`,
      remedy: `sudo usermod -aG docker ${user ?? "$USER"}, then log in anew (who is in that group controls the machine)`,
    }),
  },
  {
    id: "ssh-host-key-changed",
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED(?:[\s\S]*remove with:\s+(?<remove>ssh-keygen [^\r\n]+))?/i,
    explain: ({ groups }, context) => ({
      message: `The host key of ${context.dockerHost} is not the one that ssh knows: the machine was set up anew, or another one answers`,
      remedy: `ask on the host's own console, as below; only when it was set up anew: ${groups?.remove ?? "ssh-keygen -R HOST"}\n  → ${newHostKey(context)}`,
    }),
  },
  {
    id: "ssh-host-key",
    pattern: /host key verification failed/i,
    explain: (_, context) => ({
      message: `ssh does not know the host key of ${context.dockerHost}`,
      remedy: newHostKey(context),
    }),
  },
  {
    id: "ssh-key",
    pattern: /permission denied \((publickey|password|keyboard|gssapi|hostbased)/i,
    explain: (_, context) => ({
      message: `${context.dockerHost} accepts none of your ssh keys`,
      remedy: `ssh-add -l lists the keys on offer; which were tried: ${sshTo(context, "docker version", "-v")}`,
    }),
  },
  {
    id: "ssh-no-docker",
    pattern: /ssh[\s\S]*docker: (?:command )?not found|(?:ssh ended with|exit status) 127\b/i,
    explain: (_, context) => ({
      message: `${context.dockerHost} has no docker command on the PATH of the user that ssh logs in as`,
      remedy: `install Docker's command line there; if it is there: ${sshTo(context, "'echo $PATH'")} shows where ssh looks, which is not what a login shell says`,
    }),
  },
  {
    id: "ssh-refused",
    pattern: /kex_exchange_identification|ssh_exchange_identification|connection (?:closed|reset) by [^\n]* port \d+/i,
    explain: (_, { dockerHost }) => ({
      message: `sshd on ${dockerHost} ends the connection before it has begun: too many at once, or this address is blocked`,
      remedy:
        "try again. By default, sshd's MaxStartups allows 10 connections that have not logged in yet (man sshd_config). This program logs in once, and once more for each session above MaxSessions. fail2ban and firewalls may also block this address for a while",
    }),
  },
  {
    id: "ssh-unreachable",
    pattern: /ssh: (?:connect to host \S+ port \d+: |could not resolve hostname )(?<why>[^\r\n]*)|spawn ssh ENOENT/i,
    explain: ({ groups }, context) => ({
      message: `${context.dockerHost} is not reachable by ssh: ${groups?.why?.trim() || "ssh is not installed here"}`,
      remedy: groups?.why ? `try: ${sshTo(context, "docker version")}` : "install OpenSSH's client",
    }),
  },
  {
    id: "docker-not-running",
    pattern:
      /cannot connect to the docker daemon|is the docker daemon running|dial unix \S+: connect: (?:no such file|connection refused)|connect (?:ENOENT|ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH)|getaddrinfo \w+/i,
    explain: (_, { dockerHost }) => ({
      message: `Docker does not answer at ${dockerHost}: most likely it is not running`,
      remedy: dockerHost.startsWith("unix:")
        ? "sudo systemctl start docker (or start Docker Desktop); is docker.host in the environment file right?"
        : "start Docker there; is docker.host in the environment file right?",
    }),
  },
  {
    id: "docker-silent",
    pattern: /no answer to (?<what>[A-Z]+ \/\S*) within (?<limit>\d+(?:\.\d+)?) s/,
    explain: ({ groups }, { dockerHost }) => ({
      message: `Docker at ${dockerHost} accepts connections and does not answer: nothing came within ${groups?.limit} s`,
      remedy:
        "look at the engine on its host: systemctl status docker, journalctl -u docker; a restart of it mostly helps",
    }),
  },
  {
    id: "docker-tls",
    pattern:
      /tlsv1[^\n]*alert|unable to (?:get|verify)[^\n]*certificate|ERR_TLS_CERT|bad certificate|x509: certificate signed by unknown authority[^\n]*docker daemon/i,
    explain: (_, { dockerHost }) => ({
      message: `${dockerHost} and this machine do not accept each other's certificates`,
      remedy: "docker.tlsDirectory must hold the ca.pem, cert.pem and key.pem that were made for this engine",
    }),
  },
  {
    id: "docker-closed",
    pattern: /^(?:socket hang up|read ECONNRESET|write EPIPE)$/m,
    explain: (_, { dockerHost }) =>
      dockerHost.startsWith("tcp:")
        ? {
            message: `${dockerHost} closes the connection: mostly because it wants another certificate, or speaks TLS only`,
            remedy: "docker.tlsDirectory must hold the ca.pem, cert.pem and key.pem that were made for this engine",
          }
        : {
            message: `${dockerHost} closed the connection before it answered: the engine was stopped or restarted`,
            remedy: `docker --host ${dockerHost} info says whether it answers again; then repeat the command`,
          },
  },
];
