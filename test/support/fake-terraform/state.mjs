// Terraform's state as a local file, version 4.
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

export function statePath(directory, config, variables) {
  const [local] = [config.terraform?.backend?.local ?? {}].flat();
  const workspace = variables.TF_WORKSPACE ?? "default";
  const path =
    workspace === "default"
      ? (local.path ?? "terraform.tfstate")
      : `terraform.tfstate.d/${workspace}/terraform.tfstate`;
  return resolve(directory, path);
}

export function readState(path, version) {
  if (!existsSync(path))
    return { version: 4, terraform_version: version, serial: 0, lineage: randomUUID(), outputs: {}, resources: [] };
  return JSON.parse(readFileSync(path, "utf8"));
}

/** @param mode of a file that is new */
export function writeState(path, state, mode = 0o644) {
  mkdirSync(dirname(path), { recursive: true });
  state.serial += 1;
  if (existsSync(path)) renameSync(path, `${path}.backup`);
  writeFileSync(path, `${JSON.stringify(state, undefined, 2)}\n`, { mode });
}

export const addressOf = ({ type, name }) => `${type}.${name}`;

export function find(state, address) {
  return state.resources.find((one) => addressOf(one) === address);
}

/** Puts an object into the state, or takes it out. */
export function put(state, address, attributes, { tainted = false, dependencies = [] } = {}) {
  state.resources = state.resources.filter((one) => addressOf(one) !== address);
  if (!attributes) return;
  const [type, name] = address.split(".");
  const provider = 'provider["registry.terraform.io/kreuzwerker/docker"]';
  const instance = {
    schema_version: 0,
    attributes,
    sensitive_attributes: [],
    dependencies,
    ...(tainted && { status: "tainted" }),
  };
  state.resources.push({ mode: "managed", type, name, provider, instances: [instance] });
  state.resources.sort((a, b) => addressOf(a).localeCompare(addressOf(b)));
}

/** The state as `show -json` prints it. */
export function stateValues(state, version) {
  if (state.resources.length === 0) return { format_version: "1.0" };
  return {
    format_version: "1.0",
    terraform_version: version,
    values: { root_module: { resources: state.resources.map(shown) } },
  };
}

export function shown(one) {
  return {
    address: addressOf(one),
    mode: one.mode,
    type: one.type,
    name: one.name,
    provider_name: "registry.terraform.io/kreuzwerker/docker",
    schema_version: 0,
    values: one.instances[0].attributes,
    sensitive_values: {},
    ...(one.instances[0].dependencies.length > 0 && { depends_on: one.instances[0].dependencies }),
    ...(one.instances[0].status === "tainted" && { tainted: true }),
  };
}
