import { docker } from "../cli-machine";

// The configuration without its section auth, whatever its indentation.
const WITHOUT_AUTH = `
real=$(command -v registry); mv "$real" "$real.real"
cat > "$real" <<'SCRIPT'
#!/bin/sh
if [ "$1" != serve ]; then exec "$0.real" "$@"; fi
awk '/^[a-z]/ { skip = ($1 == "auth:") } !skip' "$2" > /tmp/open.yml
exec "$0.real" serve /tmp/open.yml
SCRIPT
chmod 755 "$real"`;

/** Makes an image that is another one after a script, with another entrypoint. */
export async function derive(from: string, to: string, entrypoint?: readonly string[], script = "true"): Promise<void> {
  const { Entrypoint, Cmd } = await configurationOf(from);
  const id = (await docker("create", "--entrypoint", "sh", from, "-c", script)).trim();
  await docker("start", "--attach", id);
  const changes = [`ENTRYPOINT ${JSON.stringify(entrypoint ?? Entrypoint)}`, `CMD ${JSON.stringify(Cmd)}`];
  await docker("commit", ...changes.flatMap((one) => ["--change", one]), id, to);
  await docker("rm", id);
}

/** Makes an image that is another one with another program in the registry's place. */
export async function deriveWithProgram(from: string, to: string, program: string): Promise<void> {
  const { Entrypoint, Cmd } = await configurationOf(from);
  const find = await docker("run", "--rm", "--entrypoint", "sh", from, "-c", 'readlink -f "$(command -v registry)"');
  const id = (await docker("create", from)).trim();
  await docker("cp", program, `${id}:${find.trim()}`);
  const changes = [`ENTRYPOINT ${JSON.stringify(Entrypoint)}`, `CMD ${JSON.stringify(Cmd)}`];
  await docker("commit", ...changes.flatMap((one) => ["--change", one]), id, to);
  await docker("rm", id);
}

/** Makes a registry that starts, is healthy, and lets everybody in. */
export function deriveOpenRegistry(from: string, to: string): Promise<void> {
  return derive(from, to, undefined, WITHOUT_AUTH);
}

export async function configurationOf(image: string): Promise<{ Entrypoint: string[]; Cmd: string[] }> {
  return JSON.parse(await docker("image", "inspect", "--format", "{{json .Config}}", image));
}
