import type { Command } from "commander";
import { command as commandLine } from "../../operations/command";
import { readEnvironment } from "../../operations/environments";
import { Failure } from "../../operations/failure";
import { liveInventory } from "../../operations/gc/listing";
import { whileLocked } from "../../operations/maintenance/lock";
import { openSite } from "../../operations/maintenance/site";
import { RegistryClient } from "../../operations/registry/client";
import { readLogin } from "../../operations/registry/login";
import { planRetention, type RetentionPlan } from "../../operations/retention/plan";
import { type Removed, removeTags } from "../../operations/retention/run";
import { connect } from "../../operations/runtime/connect";
import { openStorage } from "../../operations/storage/storage";
import { privateAuthorities, trustedAuthorities } from "../../operations/verify/certificate";
import { buildStack } from "../../stacks";
import { confirm } from "../ask";
import type { Context } from "../context";
import { planText } from "../render/retention";
import { CA, JSON_RESULT, YES } from "./options";

interface Options {
  readonly dryRun?: boolean;
  readonly ca?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function define(command: Command, context: Context): void {
  command
    .option("--dry-run", "only say which tags would go, and by which rule")
    .option(...CA)
    .option(...YES)
    .option(...JSON_RESULT)
    .action((name: string, options: Options) => retention(context, name, options));
}

async function retention(context: Context, name: string, options: Options): Promise<void> {
  const { io, process } = context;
  const environment = readEnvironment(name);
  const rules = environment.registry.retention;
  if (rules.length === 0)
    throw new Failure(
      `${name} has no rules: every tag stays`,
      `write registry.retention in environments/${name}.yaml; docs/guides/garbage-collection.md shows some`,
    );
  const runtime = await connect(environment, process.env);
  const site = await openSite(runtime, environment, process.env);
  const plan = await planFor();
  if (options.json && options.dryRun) io.out(JSON.stringify({ environment: name, ...plan }, undefined, 2));
  else (options.dryRun ? io.out : io.err)(planText(name, plan, io.style));
  if (options.dryRun || plan.going.length === 0) return;
  if (!options.yes) await confirm(context, `Delete these ${plan.going.length} tags of ${name}?`, "--yes");
  const client = clientOf(context, name, options);
  const { removed, moved } = await whileLocked(site, "retention", () =>
    removeTags(client, plan, (done) => io.transient(`deleted ${done} of ${plan.going.length} tags`)),
  );
  io.transient("");
  report(context, name, plan, { removed, moved }, options);

  async function planFor(): Promise<RetentionPlan> {
    const { client: storage, access } = await openStorage(runtime, environment);
    try {
      const inventory = await liveInventory(storage, access.root);
      return await planRetention(inventory, (key) => storage.read(key), access.root, rules, Date.now());
    } finally {
      storage.close();
    }
  }
}

function clientOf({ process }: Context, name: string, { ca }: Options): RegistryClient {
  const { url } = buildStack(readEnvironment(name)).registry.distribution;
  const login = readLogin(name, process.env);
  if (!login) throw new Failure(`There is no login for ${name}`, commandLine("secrets init", name));
  const own = url.startsWith("https:") ? privateAuthorities(url, ca ? [ca] : []) : undefined;
  return new RegistryClient({ url, login, ca: own && trustedAuthorities(own), timeoutMs: 60_000 });
}

function report(
  { io }: Context,
  name: string,
  { freedBytes }: RetentionPlan,
  { removed, moved }: Removed,
  { json }: Options,
): void {
  if (json) {
    io.out(JSON.stringify({ environment: name, removed, moved, freedBytes }, undefined, 2));
    return;
  }
  for (const { repository, name: tag } of moved) io.err(`${repository}:${tag} was pushed anew and stays.`);
  io.err(`${removed} tags deleted. ${commandLine("gc", name, "--delete-untagged")} frees their space.`);
}
