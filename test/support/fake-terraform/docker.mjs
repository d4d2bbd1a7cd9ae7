// What the Docker provider does with its objects: through the engine's own API, on the socket that the provider is given.
import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** An engine's answer that is an error, in the provider's words. */
export class EngineError extends Error {}

export function connect(config) {
  const [{ host = "" } = {}] = [config.provider?.docker ?? []].flat();
  const socketPath = /^unix:\/\//.test(host) ? host.slice(7) : undefined;
  const call = (method, path, body, type = "application/json") =>
    new Promise((resolve, reject) => {
      if (!socketPath) return reject(new EngineError(`this stand-in has no way to ${host}`));
      const bytes = Buffer.isBuffer(body) ? body : body && Buffer.from(JSON.stringify(body));
      const headers = bytes ? { "content-type": type, "content-length": bytes.length } : {};
      const outgoing = request({ socketPath, method, path, headers, agent: false }, (answer) => {
        const chunks = [];
        answer.on("data", (chunk) => chunks.push(chunk));
        answer.on("end", () => {
          const bytes = Buffer.concat(chunks);
          resolve({ status: answer.statusCode, bytes, text: bytes.toString(), json: () => JSON.parse(bytes) });
        });
      });
      outgoing.on("error", (error) =>
        reject(
          new EngineError(
            `Cannot connect to the Docker daemon at ${host}. Is the docker daemon running? (${error.message})`,
          ),
        ),
      );
      outgoing.end(bytes);
    });
  const must = async (what, ...args) => {
    const answer = await call(...args);
    if (answer.status < 400) return answer;
    throw new EngineError(`${what}: Error response from daemon: ${answer.json().message}`);
  };
  return { call, must };
}

/** Whether an object of the state is still there, and with what. @returns its attributes; none: it is gone */
export async function refresh({ call }, type, attributes) {
  const paths = { docker_container: "containers", docker_network: "networks", docker_volume: "volumes" };
  if (!paths[type]) return attributes;
  const suffix = type === "docker_container" ? "/json" : "";
  const answer = await call("GET", `/${paths[type]}/${encodeURIComponent(attributes.id)}${suffix}`);
  if (answer.status === 404) return undefined;
  if (type !== "docker_container") return attributes;
  const { HostConfig, Name } = answer.json();
  const memory = Math.round((HostConfig.Memory ?? 0) / 1_048_576);
  return { ...attributes, name: Name.slice(1), ...("memory" in attributes && { memory }) };
}

/** @returns the attributes that the provider works out */
export async function create(engine, type, wanted) {
  if (type === "docker_network") {
    const labels = labelsOf(wanted);
    const body = {
      Name: wanted.name,
      Internal: wanted.internal,
      Driver: wanted.driver,
      Labels: labels,
      CheckDuplicate: true,
    };
    const { Id } = (await engine.must("Unable to create network", "POST", "/networks/create", body)).json();
    return { id: Id, scope: "local" };
  }
  if (type === "docker_volume") {
    const body = { Name: wanted.name, Driver: wanted.driver, Labels: labelsOf(wanted) };
    await engine.must("Unable to create volume", "POST", "/volumes/create", body);
    return { id: wanted.name, mountpoint: `/var/lib/docker/volumes/${wanted.name}/_data` };
  }
  if (type === "docker_image") return image(engine, wanted);
  if (type === "docker_container") return container(engine, wanted);
  const id = `${type}-${Math.random().toString(16).slice(2, 14)}`;
  return { id, ...(type === "terraform_data" && { output: wanted.input ?? null }) };
}

export async function update(engine, type, before, wanted) {
  if (type === "docker_container" && before.memory !== wanted.memory)
    await engine.must("Unable to update container", "POST", `/containers/${before.id}/update`, {
      Memory: wanted.memory * 1_048_576,
    });
}

export async function destroy(engine, type, { id, keep_locally }) {
  const gone = {
    docker_container: `/containers/${id}?force=1&v=1`,
    docker_network: `/networks/${id}`,
    docker_volume: `/volumes/${id}`,
    docker_image: `/images/${id}`,
  }[type];
  if (!gone || (type === "docker_image" && keep_locally)) return;
  const answer = await engine.call("DELETE", gone);
  if (answer.status === 409 && type === "docker_volume")
    throw new EngineError(
      `error removing volume (${id}): timeout while waiting for state to become 'removed' (last state: 'in_use', timeout: 20s)`,
    );
  if (answer.status >= 400 && answer.status !== 404)
    throw new EngineError(`Error response from daemon: ${answer.json().message}`);
}

async function image(engine, { name }) {
  const [plain, digest] = name.split("@");
  const known = digest ? `${plain.replace(/:[^:/]+$/, "")}@${digest}` : name;
  const path = `/images/${encodeURIComponent(known)}/json`;
  let found = await engine.call("GET", path);
  if (found.status === 404) {
    const pulled = await engine.must(
      "unable to pull image",
      "POST",
      `/images/create?fromImage=${encodeURIComponent(known)}`,
    );
    const failed = pulled.text
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line))
      .find(({ error }) => error);
    if (failed)
      throw new EngineError(`Unable to read Docker image into resource: unable to pull image ${name}: ${failed.error}`);
    found = await engine.call("GET", path);
  }
  const { Id, RepoDigests } = found.json();
  return { id: `${Id}${name}`, image_id: Id, repo_digest: RepoDigests?.[0] ?? "" };
}

async function container(engine, wanted) {
  const body = {
    Image: wanted.image,
    Cmd: wanted.command,
    Entrypoint: wanted.entrypoint,
    Env: wanted.env,
    Labels: labelsOf(wanted),
    Healthcheck: wanted.healthcheck && { Test: [wanted.healthcheck].flat()[0].test },
    HostConfig: {
      Memory: (wanted.memory ?? 0) * 1_048_576,
      RestartPolicy: { Name: wanted.restart ?? "no" },
      NetworkMode: wanted.network_mode,
      PortBindings: Object.fromEntries(
        (wanted.ports ?? []).map(({ internal, external, ip }) => [
          `${internal}/tcp`,
          [{ HostIp: ip ?? "0.0.0.0", HostPort: String(external) }],
        ]),
      ),
      Binds: (wanted.volumes ?? []).map(
        (one) => `${one.host_path ?? one.volume_name}:${one.container_path}${one.read_only ? ":ro" : ""}`,
      ),
    },
    NetworkingConfig: {
      EndpointsConfig: Object.fromEntries(
        (wanted.networks_advanced ?? []).map((one) => [one.name, { Aliases: one.aliases }]),
      ),
    },
  };
  const made = await engine.must("Unable to create container", "POST", `/containers/create?name=${wanted.name}`, body);
  const { Id: id } = made.json();
  for (const file of wanted.upload ?? []) {
    const archive = tarOf(file.file.slice(1), Buffer.from(file.content ?? ""));
    await engine.must("Unable to upload", "PUT", `/containers/${id}/archive?path=/`, archive, "application/x-tar");
  }
  const computed = {
    id,
    bridge: "",
    hostname: id.slice(0, 12),
    network_data: [],
    exit_code: null,
    container_logs: null,
  };
  try {
    await engine.must("Unable to start container", "POST", `/containers/${id}/start`);
  } catch (error) {
    throw Object.assign(error, { computed });
  }
  if (wanted.attach) {
    const { StatusCode } = (await engine.must("wait", "POST", `/containers/${id}/wait`)).json();
    const logs = await engine.must("logs", "GET", `/containers/${id}/logs?stdout=1&stderr=1`);
    return {
      ...computed,
      exit_code: StatusCode,
      container_logs: wanted.logs ? withoutFrames(logs.bytes) : null,
    };
  }
  if (wanted.wait) await healthy(engine, id, computed);
  return computed;
}

async function healthy(engine, id, computed) {
  for (let n = 0; n < 200; n += 1) {
    const { State } = (await engine.must("inspect", "GET", `/containers/${id}/json`)).json();
    if (State.Health?.Status === "healthy") return;
    if (!State.Running || State.Health?.Status === "unhealthy") break;
    await sleep(10);
  }
  throw Object.assign(new EngineError("container failed to be in healthy state"), { computed });
}

/** Eight bytes before each write say how long it is. */
function withoutFrames(bytes) {
  let text = "";
  for (let at = 0; at + 8 <= bytes.length; at += 8 + bytes.readUInt32BE(at + 4))
    text += bytes.toString("utf8", at + 8, at + 8 + bytes.readUInt32BE(at + 4));
  return text;
}

const labelsOf = ({ labels = [] }) => Object.fromEntries(labels.map(({ label, value }) => [label, value]));

function tarOf(name, content) {
  const head = Buffer.alloc(512);
  head.write(name, 0);
  head.write("0000644\0", 100);
  head.write(`${content.length.toString(8).padStart(11, "0")}\0`, 124);
  head.write("        ", 148);
  head.write("0", 156);
  head.write("ustar\x0000", 257);
  const sum = head.reduce((total, byte) => total + byte, 0);
  head.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([head, content, Buffer.alloc(((512 - (content.length % 512)) % 512) + 1024)]);
}
