import { Readable } from "node:stream";
import type Docker from "dockerode";
import type { DockerConnection } from "../../../operations/docker/docker";

interface Asked {
  readonly path: string;
  readonly options: { readonly since?: number; readonly follow: boolean };
}

interface LoggedContainer {
  readonly id: string;
  readonly lines: readonly string[];
  /** It was stopped, and is inspected so many times until the next one takes its place. @default - it runs until its log is read */
  readonly stoppedFor?: number;
}

/** An engine with one container at a time, whose log a test gives; each time it is read is a line of `asked`. */
export function engineWithLog(containers: readonly LoggedContainer[]) {
  const asked: Asked[] = [];
  let n = 0;
  const next = () => {
    n = Math.min(n + 1, containers.length - 1);
  };
  const dial = (request: Asked, answered: (error: Error | null, result?: unknown) => void) => {
    asked.push(request);
    const { lines } = containers[n] ?? { lines: [] };
    if (!containers[n]?.stoppedFor) next();
    // Cut where nothing ends, as a connection does.
    const bytes = Buffer.concat(lines.map((line) => frame(2, `${line}\n`)));
    answered(null, Readable.from([bytes.subarray(0, 5), bytes.subarray(5, 30), bytes.subarray(30)]));
  };
  let inspected = 0;
  const inspect = async () => {
    const { stoppedFor } = containers[n] ?? {};
    if (stoppedFor !== undefined && inspected++ === stoppedFor) next();
    const now = containers[n];
    return { Id: now?.id, State: { Running: now?.stoppedFor === undefined, StartedAt: now?.id } };
  };
  const client = { modem: { dial }, getContainer: () => ({ inspect }) } as unknown as Docker;
  return { docker: { client, host: "unix:///engine" } as DockerConnection, asked };
}

export function frame(stream: number, text: string): Buffer {
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

/** A push, as Distribution logs it. */
export function pushed(tag: string, time: string, more: Record<string, string> = {}): string {
  return JSON.stringify({
    "auth.user.name": "alice",
    "http.request.id": `id-${tag}-${time}`,
    "http.request.method": "PUT",
    "http.request.remoteaddr": "[2001:db8::1]:4711",
    "http.request.uri": `/v2/team/app/manifests/${tag}`,
    "http.response.status": 201,
    "vars.name": "team/app",
    "vars.reference": tag,
    msg: "response completed",
    time,
    ...more,
  });
}
