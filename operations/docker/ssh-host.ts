import { execFile } from "node:child_process";
import { dockerHostName } from "./address";

/** What `ssh -G` may take: it reads files, and asks nobody. */
const LIMIT_MS = 5_000;

/** What ssh makes of an address, from `~/.ssh/config` and all else that it reads. */
export interface SshSettings {
  readonly hostname: string;
  readonly user?: string;
  /** Where a connection that is shared lies. @default - none is */
  readonly controlPath?: string;
}

/**
 * Name or address of the machine that an engine runs on; this one has none. For ssh it is what ssh makes of it: the name in
 * `docker.host` may be an alias of `~/.ssh/config`, which nobody else resolves.
 */
export async function machineOf(host: string, sshOptions: readonly string[] = []): Promise<string | undefined> {
  const written = dockerHostName(host);
  if (!written || !host.startsWith("ssh://")) return written;
  return (await askSsh(host, sshOptions))?.hostname ?? written;
}

/** Arguments of ssh that lead to a host; its name comes last, after `--`. @param host `ssh://[USER@]HOST[:PORT]` */
export function sshArguments(host: string, options: readonly string[] = []): { options: string[]; name: string } {
  const { port, username } = new URL(host);
  return {
    options: [...options, ...(port ? ["-p", port] : []), ...(username ? ["-l", decodeURIComponent(username)] : [])],
    name: dockerHostName(host) as string,
  };
}

/** Asks ssh what it would do. @returns nothing when it does not say */
export function askSsh(host: string, sshOptions: readonly string[] = []): Promise<SshSettings | undefined> {
  const { options, name } = sshArguments(host, sshOptions);
  return new Promise((resolve) => {
    execFile("ssh", [...options, "-G", "--", name], { timeout: LIMIT_MS }, (error, stdout) => {
      const value = (key: string) => new RegExp(`^${key} (\\S+)$`, "m").exec(stdout)?.[1];
      const hostname = error ? undefined : value("hostname");
      const controlPath = value("controlpath");
      resolve(
        hostname
          ? { hostname, user: value("user"), controlPath: controlPath === "none" ? undefined : controlPath }
          : undefined,
      );
    });
  });
}
