// Behaves as Terraform does at its command line, as far as it is used here.
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { carryOut } from "./apply.mjs";
import { EngineError } from "./docker.mjs";
import { makePlan, PlanError } from "./plan.mjs";
import { connect, refresh } from "./providers.mjs";
import { find, put, readState, statePath, stateValues, writeState } from "./state.mjs";

const VERSION = "1.11.4";
const MAGIC = "a plan of the stand-in for Terraform\n";

/** How a command line is understood. */
export function parse({ args: raw, cwd, variables }) {
  const directory = resolve(cwd, raw.find((one) => one.startsWith("-chdir="))?.slice(7) ?? ".");
  const [command = "", ...rest] = raw.filter((one) => !one.startsWith("-chdir="));
  const words = (text = "") => text.split(" ").filter(Boolean);
  const args = [...words(variables.TF_CLI_ARGS), ...words(variables[`TF_CLI_ARGS_${command}`]), ...rest];
  return { command, args, directory };
}

/** One run of the program. */
export class Run {
  /** Whether it was interrupted. */
  stopped = false;
  /** Whether it was killed: nothing happens any more. */
  gone = false;

  /**
   * @param call `command`, `args`, `directory`, `variables`, and the `mode` of files that it writes
   * @param script what a test wants to go otherwise; and the folder of its `project`
   * @param process `out` and `err` print a line, `kill` kills it
   */
  constructor({ command, args, directory, variables, mode }, script, { out, err, kill }) {
    Object.assign(this, { command, args, directory, variables, mode, script, out, err, kill });
    this.isJson = this.flag("json");
  }

  /** @returns the exit code */
  async end() {
    try {
      return await this.run();
    } catch (error) {
      return error instanceof PlanError || error instanceof EngineError
        ? this.fail(error.summary ?? error.message, error.detail, error.address)
        : this.fail(`the stand-in for Terraform broke: ${error.stack}`);
    }
  }

  async run() {
    const { script, command, directory } = this;
    const line = (text) => text.replace(/\n$/, "");
    if (script.before) this.out(line(script.before));
    if (script.stderr) this.err(line(script.stderr));
    if (script.stdout !== undefined) this.out(line(script.stdout));
    for (const { summary, detail } of script.diagnostics ?? []) this.fail(summary, detail);
    if (script.copy) copyFileSync(script.copy.from, resolve(directory, script.copy.to));
    if (script.exit !== undefined && !script.work) return script.exit;
    const work = COMMANDS[command];
    if (!work) return this.fail(`this stand-in knows no command ${command}`);
    const code = await work(this);
    return script.exit ?? code;
  }

  interrupt() {
    this.stopped = true;
    this.say(
      "log",
      "Interrupt received. Please wait for Terraform to exit or data loss may occur. Gracefully shutting down...",
    );
  }

  say(type, message, more = {}) {
    const level = more.diagnostic?.severity === "error" ? "error" : "info";
    if (this.isJson)
      this.out(JSON.stringify({ "@level": level, "@message": message, "@module": "terraform.ui", type, ...more }));
    else {
      const text = message + (more.diagnostic?.detail ? `\n\n${more.diagnostic.detail}` : "");
      if (level === "error") this.err(text);
      else this.out(text);
    }
  }

  fail(summary, detail = "", address = undefined) {
    this.say("diagnostic", `Error: ${summary}`, {
      diagnostic: { severity: "error", summary, detail, ...(address && { address }) },
    });
    return 1;
  }

  flag(name) {
    return this.args.includes(`-${name}`) || this.args.includes(`-${name}=true`);
  }

  values(name) {
    return this.args.filter((one) => one.startsWith(`-${name}=`)).map((one) => one.slice(name.length + 2));
  }

  get positional() {
    return this.args.filter((one) => !one.startsWith("-"));
  }

  /** The values of variables. */
  given() {
    const fromEnvironment = Object.entries(this.variables).filter(([key]) => key.startsWith("TF_VAR_"));
    const files = this.values("var-file").map((path) => JSON.parse(readFileSync(this.path(path), "utf8")));
    return Object.assign(Object.fromEntries(fromEnvironment.map(([key, value]) => [key.slice(7), value])), ...files);
  }

  path(path) {
    return resolve(this.directory, path);
  }

  config() {
    return JSON.parse(readFileSync(this.path("cdk.tf.json"), "utf8"));
  }

  backend() {
    return statePath(this.directory, this.config(), this.variables);
  }

  state() {
    return readState(this.backend(), VERSION);
  }

  write(state) {
    writeState(this.backend(), state, this.mode);
  }

  data() {
    return this.path(this.variables.TF_DATA_DIR ?? ".terraform");
  }

  readPlan(file) {
    const text = readFileSync(this.path(file), "utf8");
    return text.startsWith(MAGIC) ? JSON.parse(text.slice(MAGIC.length)) : undefined;
  }
}

const COMMANDS = {
  version: (run) => {
    const version = {
      terraform_version: VERSION,
      platform: "linux_amd64",
      provider_selections: {},
      terraform_outdated: false,
    };
    run.out(run.isJson ? JSON.stringify(version) : `Terraform v${VERSION}`);
    return 0;
  },
  init: (run) => {
    mkdirSync(run.data(), { recursive: true });
    const lock = join(run.directory, ".terraform.lock.hcl");
    if (!existsSync(lock))
      writeFileSync(lock, 'provider "registry.terraform.io/kreuzwerker/docker" {\n  version = "4.5.0"\n}\n');
    run.out("Terraform has been successfully initialized!");
    return 0;
  },
  validate: () => 0,
  plan: async (run) => {
    const { script } = run;
    if (!existsSync(run.data()))
      return run.fail(
        'Backend initialization required, please run "terraform init"',
        "Reason: Initial configuration of the requested backend",
      );
    const prior = run.state();
    const config = run.config();
    const current = run.values("refresh").includes("false") ? structuredClone(prior) : await refreshed(prior, run);
    if (script.waitForSignal) {
      writeFileSync(join(script.project, "waits-plan"), "");
      for (let n = 0; n < 2_000 && !run.stopped && !run.gone; n += 1) await sleep(5);
    }
    if (run.stopped) return run.fail("execution halted");
    const plan = makePlan({
      config,
      prior,
      current,
      given: run.given(),
      destroy: run.flag("destroy"),
      targets: script.forgetsTargets ? [] : run.values("target"),
      isUnprotected: script.forgetsTargets,
      version: VERSION,
    });
    return savePlan(run, plan, { lineage: prior.lineage, serial: prior.serial, given: run.given(), plan, config });
  },
  show: (run) => {
    const [file] = run.positional;
    const document = file ? run.readPlan(file)?.plan : stateValues(run.state(), VERSION);
    if (!document) return run.fail("Failed to load plan from local file");
    run.out(JSON.stringify(document));
    return 0;
  },
  apply: async (run) => {
    const [file] = run.positional;
    const saved = file && run.readPlan(file);
    if (!saved) return run.fail("Failed to load plan from local file", "it is no plan");
    const now = run.state();
    if (saved.serial !== now.serial || (now.resources.length > 0 && saved.lineage !== now.lineage))
      return run.fail(
        "Saved plan is stale",
        "The given plan file can no longer be applied because the state was changed by another operation after the plan was created.",
      );
    const done = await carryOut({ saved, state: now, engine: connect(saved.config, run.variables), run });
    run.say("change_summary", "Apply complete!", { changes: {} });
    return done ? 0 : 1;
  },
  state: (run) => {
    const [verb, ...addresses] = run.positional;
    const now = run.state();
    if (verb === "list") for (const one of now.resources) run.out(`${one.type}.${one.name}`);
    else if (verb === "pull") run.out(JSON.stringify(now));
    else if (verb === "rm") {
      for (const address of addresses) {
        if (!find(now, address)) return run.fail("Invalid target address", `No matching objects found for ${address}`);
        put(now, address, undefined);
      }
      run.write(now);
    } else return run.fail(`this stand-in knows no state ${verb}`);
    return 0;
  },
  import: async (run) => {
    const [address, id] = run.positional;
    const [type, name] = address.split(".");
    const config = run.config();
    const body = config.resource?.[type]?.[name];
    if (!body) return run.fail("Configuration for import target does not exist");
    const now = run.state();
    if (find(now, address)) return run.fail("Resource already managed by Terraform");
    const attributes = await refresh(connect(config, run.variables), type, { id, name: id, driver: body.driver });
    if (!attributes) return run.fail("Cannot import non-existent remote object");
    put(now, address, attributes);
    run.write(now);
    return 0;
  },
  workspace: (run) => {
    run.out(run.variables.TF_WORKSPACE ?? "default");
    return 0;
  },
  "force-unlock": () => 0,
};

/** What is there of a state. */
async function refreshed(prior, run) {
  const current = structuredClone(prior);
  const engine = connect(run.config(), run.variables);
  for (const { type, name, instances } of prior.resources) {
    put(current, `${type}.${name}`, await refresh(engine, type, instances[0].attributes), {
      tainted: instances[0].status === "tainted",
    });
  }
  return current;
}

/** Says what a plan does, and saves it when it is to be saved. */
function savePlan(run, plan, saved) {
  const changing = plan.resource_changes.filter(({ change }) => change.actions[0] !== "no-op");
  for (const { address, change } of changing) {
    const [action] = change.actions;
    run.say("planned_change", `${address}: Plan to ${action}`, { change: { resource: { addr: address }, action } });
  }
  const outputs = Object.values(plan.output_changes).some(({ actions }) => actions[0] !== "no-op");
  const [file] = run.values("out");
  if (file) writeFileSync(run.path(file), MAGIC + JSON.stringify(saved), { mode: run.mode });
  return (outputs || changing.length > 0) && run.flag("detailed-exitcode") ? 2 : 0;
}
