// Carries a plan out, a resource at a time, and writes the state after each, as Terraform does.
import { existsSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { EngineError } from "./docker.mjs";
import { attributesOf, ordered, variableScope } from "./plan.mjs";
import { create, destroy, update } from "./providers.mjs";
import { find, put, writeState } from "./state.mjs";

/** @returns whether everything was done */
export async function carryOut({ saved, state, engine, run }) {
  const { plan, given, config } = saved;
  const { script } = run;
  const path = run.backend();
  const ended = () => run.stopped || run.gone;
  const variable = variableScope(config, given);
  const attribute = (address, name) => {
    const value = find(state, address)?.instances[0].attributes[name];
    return value === undefined
      ? { value: null, unknown: true, sensitive: false }
      : { value, unknown: false, sensitive: false };
  };
  const order = ordered(config);
  const changes = new Map(plan.resource_changes.map((one) => [one.address, one.change.actions]));
  const failed = new Set();
  const hook = (type, address, action, rest = {}) =>
    run.say(type, `${address}: ${action}`, {
      hook: { resource: { addr: address, resource_type: address.split(".")[0] }, action, ...rest },
    });

  async function step(address, action, work) {
    if (ended() || failed.has(address)) return;
    hook("apply_start", address, action);
    if (script.waitAt === address) await waitFor(script, ended, `${script.project}/waits-${address}`);
    if (run.gone) return;
    if (script.killAt === address) {
      // What a power cut does: the engine has the object, the state does not.
      await work().catch(() => {});
      run.kill();
      return;
    }
    try {
      if (script.failAt?.address === address) throw new EngineError(script.failAt.message ?? "it failed");
      await work();
      writeState(path, state, run.mode);
      const id = find(state, address)?.instances[0].attributes.id;
      hook("apply_complete", address, action, { ...(id && { id_key: "id", id_value: id }), elapsed_seconds: 0 });
    } catch (error) {
      failed.add(address);
      if (error.computed) writeState(path, state, run.mode);
      hook("apply_errored", address, action, { elapsed_seconds: 0 });
      run.say("diagnostic", `Error: ${error.message}`, {
        diagnostic: { severity: "error", summary: error.message, detail: error.detail ?? "", address },
      });
    }
  }

  const deleted = plan.resource_changes
    .filter(({ change }) => change.actions.includes("delete"))
    .map(({ address }) => address);
  for (const address of usersFirst(deleted, state)) {
    await step(address, "delete", async () => {
      const [type] = address.split(".");
      await destroy(engine, type, find(state, address).instances[0].attributes);
      put(state, address, undefined);
    });
  }
  for (const { address, body, needs } of order) {
    const actions = changes.get(address) ?? ["no-op"];
    const [type] = address.split(".");
    if (!actions.includes("create") && !actions.includes("update")) continue;
    if (failed.has(address) || needs.some((one) => failed.has(one))) {
      failed.add(address);
      continue;
    }
    const { value } = attributesOf(body, { variable, attribute });
    if (actions.includes("update")) {
      await step(address, "update", async () => {
        const before = find(state, address).instances[0].attributes;
        await update(engine, type, before, value);
        put(state, address, { ...before, ...value }, { dependencies: needs });
      });
    } else {
      await step(address, "create", async () => {
        let computed;
        try {
          computed = await create(engine, type, value);
        } catch (error) {
          if (error.computed)
            put(state, address, { ...value, ...error.computed }, { tainted: true, dependencies: needs });
          throw error;
        }
        put(state, address, { ...value, ...computed }, { dependencies: needs });
        if (body.provisioner && computed.exit_code !== 0) {
          put(state, address, { ...value, ...computed }, { tainted: true, dependencies: needs });
          const error = new EngineError("local-exec provisioner error");
          throw Object.assign(error, {
            computed,
            detail: `Error running command: exit status 1. Output: ${computed.container_logs}`,
          });
        }
      });
    }
  }
  const isComplete = failed.size === 0 && !ended();
  if (isComplete) {
    state.outputs = Object.fromEntries(
      Object.entries(state.resources.length > 0 ? (config.output ?? {}) : {}).map(([name, { value }]) => [
        name,
        { value, type: "string" },
      ]),
    );
    writeState(path, state, run.mode);
  }
  return isComplete;
}

/** Nothing is destroyed before what uses it. */
function usersFirst(addresses, state) {
  const sorted = [];
  const visit = (address) => {
    if (sorted.includes(address)) return;
    for (const one of state.resources) {
      const user = `${one.type}.${one.name}`;
      if (addresses.includes(user) && one.instances[0].dependencies?.includes(address)) visit(user);
    }
    sorted.push(address);
  };
  for (const address of [...addresses].sort()) visit(address);
  return sorted;
}

/** Until somebody interrupts, or the test writes the file that lets it go on. A file of ours says that it waits. */
async function waitFor({ goOn }, ended, sign) {
  writeFileSync(sign, "");
  for (let n = 0; n < 2_000 && !ended() && !(goOn && existsSync(goOn)); n += 1) await sleep(5);
}
