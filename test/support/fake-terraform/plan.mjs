// What a plan is: every resource with what happens to it, as `show -json` prints it.
import { isDeepStrictEqual } from "node:util";
import { evaluate, references } from "./evaluate.mjs";
import { isKubernetes, withBlocks } from "./kubernetes.mjs";
import { find, shown } from "./state.mjs";

const META = new Set(["//", "lifecycle", "provisioner", "depends_on", "provider", "count"]);

/** What the provider works out; the rest is as the configuration says. */
const COMPUTED = {
  docker_container: ["id", "exit_code", "container_logs", "network_data", "bridge", "hostname"],
  docker_image: ["id", "image_id", "repo_digest"],
  docker_network: ["id", "scope"],
  docker_volume: ["id", "mountpoint"],
  terraform_data: ["id", "output"],
  null_resource: ["id"],
};

/** What the provider changes without making the object anew. */
const IN_PLACE = {
  docker_container: new Set([
    "memory",
    "memory_swap",
    "restart",
    "cpu_shares",
    "cpu_set",
    "max_retry_count",
    "wait",
    "wait_timeout",
    "must_run",
    "attach",
    "logs",
    "destroy_grace_seconds",
  ]),
  docker_image: new Set(["keep_locally", "force_remove"]),
  terraform_data: new Set(["input"]),
};

/** Of Kubernetes' objects only jobs are made anew. */
const isInPlace = (type, key) =>
  isKubernetes(type) ? type !== "kubernetes_job_v1" : IN_PLACE[type]?.has(key) === true;

export class PlanError extends Error {
  constructor(summary, detail, address) {
    super(summary);
    Object.assign(this, { summary, detail, address });
  }
}

/** Resources of the configuration, those that others need first. */
export function ordered(config) {
  const all = new Map(
    Object.entries(config.resource ?? {}).flatMap(([type, byName]) =>
      Object.entries(byName).map(([name, body]) => [`${type}.${name}`, isKubernetes(type) ? withBlocks(body) : body]),
    ),
  );
  const done = new Map();
  const visit = (address) => {
    if (done.has(address) || !all.has(address)) return;
    const body = all.get(address);
    const needs = [...new Set([...references(body), ...(body.depends_on ?? []), ...triggersOf(body)])].filter(
      (one) => one !== address,
    );
    done.set(address, undefined);
    for (const one of needs) visit(one);
    done.delete(address);
    done.set(address, { address, body, needs });
  };
  for (const address of [...all.keys()].sort()) visit(address);
  return [...done.values()];
}

const triggersOf = ({ lifecycle }) =>
  (lifecycle?.replace_triggered_by ?? []).map((one) => one.split(".").slice(0, 2).join("."));

/** A resource's attributes, without what is not one. */
export function attributesOf(body, scope) {
  return evaluate(Object.fromEntries(Object.entries(body).filter(([key]) => !META.has(key))), scope);
}

/** Values of variables, or what Terraform says when one has none. */
export function variableScope(config, given) {
  for (const [name, { default: fallback }] of Object.entries(config.variable ?? {})) {
    if (given[name] === undefined && fallback === undefined)
      throw new PlanError(
        "No value for required variable",
        `The root module input variable "${name}" is not set, and has no default value.`,
      );
  }
  return (name) => {
    const declared = config.variable?.[name];
    return { value: given[name] ?? declared?.default ?? null, unknown: false, sensitive: declared?.sensitive === true };
  };
}

/** @returns the document of `show -json PLAN` */
export function makePlan({ config, prior, current, given, destroy, targets, version, isUnprotected = false }) {
  const variable = variableScope(config, given);
  const resources = ordered(config);
  const going = destroy ? goingOf(resources, current, targets) : orphansOf(resources, current);
  const changes = new Map();
  for (const address of going) {
    const body = resources.find((one) => one.address === address)?.body;
    if (body?.lifecycle?.prevent_destroy && !isUnprotected) throw preventDestroy(address);
    changes.set(
      address,
      change(
        address,
        ["delete"],
        find(current, address),
        undefined,
        destroy ? undefined : "delete_because_no_resource_config",
      ),
    );
  }
  if (!destroy) {
    const scope = { variable, attribute: (address, name) => planned(changes, current, address, name) };
    for (const { address, body } of resources) {
      if (targets.length > 0 && !targets.includes(address)) continue;
      changes.set(address, compare(address, body, attributesOf(body, scope), find(current, address), changes));
    }
  }
  const staying = destroy ? current.resources.map(shown).filter(({ address }) => !changes.has(address)) : [];
  for (const { address, values } of staying)
    changes.set(address, change(address, ["no-op"], find(current, address), noChange(values)));
  return {
    format_version: "1.2",
    terraform_version: version,
    variables: Object.fromEntries(
      Object.keys(config.variable ?? {}).map((name) => [name, { value: variable(name).value }]),
    ),
    planned_values: { root_module: { resources: [...changes.values()].flatMap(plannedValues) } },
    resource_drift: driftOf(prior, current),
    resource_changes: [...changes.values()].sort((a, b) => a.address.localeCompare(b.address)),
    output_changes: outputChanges(config, current, destroy),
    prior_state: {
      format_version: "1.0",
      terraform_version: version,
      values: { root_module: { resources: current.resources.map(shown) } },
    },
    configuration: configurationOf(config, resources),
    timestamp: "2026-01-01T00:00:00Z",
    applyable: [...changes.values()].some((one) => one.change.actions[0] !== "no-op"),
    complete: targets.length === 0,
    errored: false,
  };
}

/** With targets, also what depends on them. */
function goingOf(resources, current, targets) {
  const all = current.resources.map(({ type, name }) => `${type}.${name}`);
  if (targets.length === 0) return all;
  const going = new Set(targets.filter((one) => all.includes(one)));
  for (let size = -1; size !== going.size; ) {
    size = going.size;
    for (const { address, needs } of resources) {
      if (all.includes(address) && needs.some((one) => going.has(one))) going.add(address);
    }
  }
  return [...going];
}

function orphansOf(resources, current) {
  const declared = new Set(resources.map(({ address }) => address));
  return current.resources.map(({ type, name }) => `${type}.${name}`).filter((address) => !declared.has(address));
}

function preventDestroy(address) {
  return new PlanError(
    "Instance cannot be destroyed",
    `Resource ${address} has lifecycle.prevent_destroy set, but the plan calls for this resource to be destroyed. To avoid this error and continue with the plan, either disable lifecycle.prevent_destroy or reduce the scope of the plan using the -target option.`,
    address,
  );
}

/** An attribute of another resource, as it will be. */
function planned(changes, current, address, name) {
  const own = changes.get(address)?.change;
  const unknown = own?.after_unknown?.[name] ?? false;
  if (own && unknown !== false && unknown !== undefined) return { value: null, unknown: true, sensitive: false };
  const value = own?.after?.[name] ?? find(current, address)?.instances[0].attributes[name];
  return value === undefined
    ? { value: null, unknown: true, sensitive: false }
    : { value, unknown: false, sensitive: own?.after_sensitive?.[name] === true };
}

function compare(address, body, wanted, existing, changes) {
  const [type] = address.split(".");
  const computed = Object.fromEntries((COMPUTED[type] ?? ["id"]).map((name) => [name, true]));
  const fresh = { ...wanted, unknown: { ...wanted.unknown, ...computed } };
  if (!existing) return change(address, ["create"], undefined, fresh);
  const { attributes, status } = existing.instances[0];
  if (status === "tainted") return change(address, ["delete", "create"], existing, fresh, "replace_because_tainted");
  const ignored = new Set(body.lifecycle?.ignore_changes ?? []);
  const differing = Object.keys({ ...wanted.value, ...wanted.unknown }).filter(
    (key) =>
      !ignored.has(key) &&
      (isAnyUnknown(wanted.unknown[key]) || !isDeepStrictEqual(wanted.value[key], attributes[key])),
  );
  const forcing = differing.filter((key) => !isInPlace(type, key));
  const replaced = (reason, paths) => {
    if (body.lifecycle?.prevent_destroy) throw preventDestroy(address);
    return change(address, ["delete", "create"], existing, fresh, reason, paths);
  };
  if (forcing.length > 0)
    return replaced(
      "replace_because_cannot_update",
      forcing.map((key) => [key]),
    );
  const isChanged = (one) => changes.get(one)?.change.actions.some((action) => action !== "no-op");
  if (triggersOf(body).some(isChanged)) return replaced("replace_by_triggers");
  const after = { value: { ...attributes, ...wanted.value }, unknown: {}, sensitive: wanted.sensitive };
  return differing.length > 0
    ? change(address, ["update"], existing, after)
    : change(address, ["no-op"], existing, after);
}

const isAnyUnknown = (tree) =>
  tree === true || (typeof tree === "object" && tree !== null && Object.values(tree).some(isAnyUnknown));
const noChange = (value) => ({ value, unknown: {}, sensitive: {} });

function change(address, actions, existing, after, reason, paths) {
  const [type, name] = address.split(".");
  return {
    address,
    mode: "managed",
    type,
    name,
    provider_name: "registry.terraform.io/kreuzwerker/docker",
    change: {
      actions,
      before: existing ? existing.instances[0].attributes : null,
      after: after ? after.value : null,
      after_unknown: after ? marks(after.unknown) : {},
      before_sensitive: existing ? {} : false,
      after_sensitive: after ? (marks(after.sensitive) ?? {}) : false,
      ...(paths && { replace_paths: paths }),
    },
    ...(reason && { action_reason: reason }),
  };
}

/** Terraform leaves out what is false, apart from places in lists. */
function marks(tree) {
  if (Array.isArray(tree)) return tree.map((item) => marks(item) ?? false);
  if (typeof tree !== "object" || tree === null) return tree === true ? true : undefined;
  const kept = Object.entries(tree).flatMap(([key, inner]) => {
    const mark = marks(inner);
    return mark === undefined ? [] : [[key, mark]];
  });
  return Object.fromEntries(kept);
}

function plannedValues({ address, mode, type, name, provider_name, change: { after } }) {
  return after
    ? [{ address, mode, type, name, provider_name, schema_version: 0, values: after, sensitive_values: {} }]
    : [];
}

function driftOf(prior, current) {
  return prior.resources.flatMap((one) => {
    const address = `${one.type}.${one.name}`;
    const now = find(current, address);
    if (!now) return [change(address, ["delete"], one, undefined)];
    const { attributes } = now.instances[0];
    return isDeepStrictEqual(attributes, one.instances[0].attributes)
      ? []
      : [change(address, ["update"], one, noChange(attributes))];
  });
}

function outputChanges(config, current, destroy) {
  const changes = Object.entries(config.output ?? {}).map(([name, { value }]) => {
    const before = current.outputs[name]?.value;
    const action = destroy
      ? "delete"
      : before === undefined
        ? "create"
        : isDeepStrictEqual(before, value)
          ? "no-op"
          : "update";
    return [
      name,
      {
        actions: [action],
        before: before ?? null,
        after: destroy ? null : value,
        after_unknown: false,
        before_sensitive: false,
        after_sensitive: false,
      },
    ];
  });
  return Object.fromEntries(changes);
}

function configurationOf(config, resources) {
  return {
    provider_config: {
      docker: {
        name: "docker",
        full_name: "registry.terraform.io/kreuzwerker/docker",
        version_constraint: config.terraform?.required_providers?.docker?.version,
      },
    },
    root_module: {
      resources: resources.map(({ address, body }) => {
        const [type, name] = address.split(".");
        const expressions = Object.entries(body)
          .filter(([key]) => !META.has(key))
          .map(([key, value]) => [
            key,
            references(value).length > 0 ? { references: references(value) } : { constant_value: value },
          ]);
        return {
          address,
          mode: "managed",
          type,
          name,
          provider_config_key: "docker",
          schema_version: 0,
          expressions: Object.fromEntries(expressions),
          ...(body.depends_on && { depends_on: body.depends_on }),
          ...(body.provisioner && { provisioners: body.provisioner.map((one) => ({ type: Object.keys(one)[0] })) }),
        };
      }),
    },
  };
}
