import { execFile } from "node:child_process";
import { dockerHostName } from "./docker";

/** What `ssh -G` may take: it reads files, and asks nobody. */
const LIMIT_MS = 5_000;

/**
 * Name or address of the machine that an engine runs on; this one has none. For ssh it is what ssh makes of it: the name in
 * `docker.host` may be an alias of `~/.ssh/config`, which nobody else resolves.
 */
export async function machineOf(host: string, sshOptions: readonly string[] = []): Promise<string | undefined> {
  const written = dockerHostName(host);
  if (!written || !host.startsWith("ssh://")) return written;
  const { port, username } = new URL(host);
  const args = [
    ...sshOptions,
    ...(port ? ["-p", port] : []),
    ...(username ? ["-l", decodeURIComponent(username)] : []),
  ];
  return (await askSsh([...args, "-G", "--", written])) ?? written;
}

function askSsh(args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile("ssh", [...args], { timeout: LIMIT_MS }, (error, stdout) => {
      resolve(error ? undefined : /^hostname (\S+)$/m.exec(stdout)?.[1]);
    });
  });
}
