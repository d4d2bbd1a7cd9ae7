#!/usr/bin/env node
// Behaves as Terraform does at its command line, as far as it is used here. Beside the link it is called by lie `NAME.json`,
// what a test wants to go otherwise, by command; and `NAME.calls.jsonl`, where it writes down how it was called.
import { appendFileSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { carryOut } from "./apply.mjs";
import { connect, EngineError, refresh } from "./docker.mjs";
import { makePlan, PlanError } from "./plan.mjs";
import { find, put, readState, statePath, stateValues, writeState } from "./state.mjs";

const VERSION = "1.11.4";
const MAGIC = "a plan of the stand-in for Terraform\n";
const own = process.argv[1];
const variables = process.env;
const raw = process.argv.slice(2);
const directory = resolve(raw.find((one) => one.startsWith("-chdir="))?.slice(7) ?? ".");
const [command = "", ...rest] = raw.filter((one) => !one.startsWith("-chdir="));
const words = (text = "") => text.split(" ").filter(Boolean);
const args = [...words(variables.TF_CLI_ARGS), ...words(variables[`TF_CLI_ARGS_${command}`]), ...rest];
const flag = (name) => args.includes(`-${name}`) || args.includes(`-${name}=true`);
const values = (name) => args.filter((one) => one.startsWith(`-${name}=`)).map((one) => one.slice(name.length + 2));
const positional = args.filter((one) => !one.startsWith("-"));
const isJson = flag("json");

appendFileSync(`${own}.calls.jsonl`, `${JSON.stringify({ command, args, directory, variables, pid: process.pid })}\n`);
const scripts = existsSync(`${own}.json`) ? JSON.parse(readFileSync(`${own}.json`, "utf8")) : {};
// The link lies in the project's `bin`.
const script = { ...scripts[command], project: resolve(own, "../..") };

let stopped = false;
process.on("SIGINT", () => {
  if (stopped && !script.deaf) process.exit(1);
  stopped = true;
  if (script.deaf) return;
  say(
    "log",
    "Interrupt received. Please wait for Terraform to exit or data loss may occur. Gracefully shutting down...",
  );
});

function say(type, message, more = {}) {
  const level = more.diagnostic?.severity === "error" ? "error" : "info";
  if (isJson)
    console.log(JSON.stringify({ "@level": level, "@message": message, "@module": "terraform.ui", type, ...more }));
  else
    (level === "error" ? console.error : console.log)(
      message + (more.diagnostic?.detail ? `\n\n${more.diagnostic.detail}` : ""),
    );
}

function fail(summary, detail = "", address = undefined) {
  say("diagnostic", `Error: ${summary}`, {
    diagnostic: { severity: "error", summary, detail, ...(address && { address }) },
  });
  return 1;
}

function given() {
  const fromEnvironment = Object.entries(variables).filter(([key]) => key.startsWith("TF_VAR_"));
  const files = values("var-file").map((path) => JSON.parse(readFileSync(resolve(directory, path), "utf8")));
  return Object.assign(Object.fromEntries(fromEnvironment.map(([key, value]) => [key.slice(7), value])), ...files);
}

const config = () => JSON.parse(readFileSync(join(directory, "cdk.tf.json"), "utf8"));
const backend = () => statePath(directory, config(), variables);
const state = () => readState(backend(), VERSION);
const data = () => resolve(directory, variables.TF_DATA_DIR ?? ".terraform");

const COMMANDS = {
  version: () => {
    console.log(
      isJson
        ? JSON.stringify({
            terraform_version: VERSION,
            platform: "linux_amd64",
            provider_selections: {},
            terraform_outdated: false,
          })
        : `Terraform v${VERSION}`,
    );
    return 0;
  },
  init: () => {
    mkdirSync(data(), { recursive: true });
    const lock = join(directory, ".terraform.lock.hcl");
    if (!existsSync(lock))
      writeFileSync(lock, 'provider "registry.terraform.io/kreuzwerker/docker" {\n  version = "4.5.0"\n}\n');
    console.log("Terraform has been successfully initialized!");
    return 0;
  },
  validate: () => 0,
  plan: async () => {
    if (!existsSync(data()))
      return fail(
        'Backend initialization required, please run "terraform init"',
        "Reason: Initial configuration of the requested backend",
      );
    const prior = state();
    const current = structuredClone(prior);
    const engine = connect(config());
    if (!values("refresh").includes("false")) {
      for (const { type, name, instances } of prior.resources) {
        put(current, `${type}.${name}`, await refresh(engine, type, instances[0].attributes), {
          tainted: instances[0].status === "tainted",
        });
      }
    }
    if (script.waitForSignal) writeFileSync(join(script.project, "waits-plan"), "");
    if (script.waitForSignal)
      for (let n = 0; n < 2_000 && !stopped; n += 1) await new Promise((go) => setTimeout(go, 5));
    if (stopped) return fail("execution halted");
    const plan = makePlan({
      config: config(),
      prior,
      current,
      given: given(),
      destroy: flag("destroy"),
      targets: script.forgetsTargets ? [] : values("target"),
      isUnprotected: script.forgetsTargets,
      version: VERSION,
    });
    for (const one of plan.resource_changes.filter(({ change }) => change.actions[0] !== "no-op"))
      say("planned_change", `${one.address}: Plan to ${one.change.actions[0]}`, {
        change: { resource: { addr: one.address }, action: one.change.actions[0] },
      });
    const outputs = Object.values(plan.output_changes).some(({ actions }) => actions[0] !== "no-op");
    const changes = outputs || plan.resource_changes.some(({ change }) => change.actions[0] !== "no-op");
    const [out] = values("out");
    if (out)
      writeFileSync(
        resolve(directory, out),
        MAGIC +
          JSON.stringify({ lineage: prior.lineage, serial: prior.serial, given: given(), plan, config: config() }),
      );
    return changes && flag("detailed-exitcode") ? 2 : 0;
  },
  show: () => {
    const [file] = positional;
    const document = file ? readPlanFile(file)?.plan : stateValues(state(), VERSION);
    if (!document) return fail("Failed to load plan from local file");
    console.log(JSON.stringify(document));
    return 0;
  },
  apply: async () => {
    const saved = positional[0] && readPlanFile(positional[0]);
    if (!saved) return fail("Failed to load plan from local file", "it is no plan");
    const path = backend();
    const now = state();
    if (saved.serial !== now.serial || (now.resources.length > 0 && saved.lineage !== now.lineage))
      return fail(
        "Saved plan is stale",
        "The given plan file can no longer be applied because the state was changed by another operation after the plan was created.",
      );
    const done = await carryOut({
      plan: saved.plan,
      given: saved.given,
      config: saved.config,
      state: now,
      path,
      engine: connect(saved.config),
      script,
      say,
      isStopped: () => stopped,
    });
    say("change_summary", "Apply complete!", { changes: {} });
    return done ? 0 : 1;
  },
  state: () => {
    const [verb, ...addresses] = positional;
    const now = state();
    if (verb === "list") for (const one of now.resources) console.log(`${one.type}.${one.name}`);
    else if (verb === "pull") console.log(JSON.stringify(now));
    else if (verb === "rm") {
      for (const address of addresses) {
        if (!find(now, address)) return fail("Invalid target address", `No matching objects found for ${address}`);
        put(now, address, undefined);
      }
      writeState(backend(), now);
    } else return fail(`this stand-in knows no state ${verb}`);
    return 0;
  },
  import: async () => {
    const [address, id] = positional;
    const [type, name] = address.split(".");
    const body = config().resource?.[type]?.[name];
    if (!body) return fail("Configuration for import target does not exist");
    const now = state();
    if (find(now, address)) return fail("Resource already managed by Terraform");
    const attributes = await refresh(connect(config()), type, { id, name: id, driver: body.driver });
    if (!attributes) return fail("Cannot import non-existent remote object");
    put(now, address, attributes);
    writeState(backend(), now);
    return 0;
  },
  workspace: () => {
    console.log(variables.TF_WORKSPACE ?? "default");
    return 0;
  },
  "force-unlock": () => 0,
};

function readPlanFile(path) {
  const text = readFileSync(resolve(directory, path), "utf8");
  return text.startsWith(MAGIC) ? JSON.parse(text.slice(MAGIC.length)) : undefined;
}

async function run() {
  if (script.before) process.stdout.write(script.before);
  if (script.stderr) process.stderr.write(script.stderr);
  if (script.stdout !== undefined) process.stdout.write(script.stdout);
  for (const { summary, detail } of script.diagnostics ?? []) fail(summary, detail);
  if (script.copy) copyFileSync(script.copy.from, resolve(directory, script.copy.to));
  if (script.exit !== undefined && !script.work) return script.exit;
  if (!COMMANDS[command]) return fail(`this stand-in knows no command ${command}`);
  process.chdir(directory);
  const code = await COMMANDS[command]();
  return script.exit ?? code;
}

try {
  process.exitCode = await run();
} catch (error) {
  process.exitCode =
    error instanceof PlanError || error instanceof EngineError
      ? fail(error.summary ?? error.message, error.detail, error.address)
      : fail(`the stand-in for Terraform broke: ${error.stack}`);
}
