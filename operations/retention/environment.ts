import type { Environment } from "../../config";
import { buildStack } from "../../stacks";
import { command } from "../command";
import { Failure } from "../failure";
import { liveInventory } from "../gc/listing";
import { whileReachable } from "../kubernetes/port-forward";
import { whileLocked } from "../maintenance/lock";
import { openSite } from "../maintenance/site";
import { RegistryClient } from "../registry/client";
import { readLogin } from "../registry/login";
import { connect } from "../runtime/connect";
import { withStorage } from "../storage/storage";
import type { Variables } from "../terraform/terraform";
import { privateAuthorities, trustedAuthorities } from "../tls/authorities";
import { planRetention, type RetentionPlan } from "./plan";
import { type Removed, removeTags } from "./run";

/** Which tags of an environment go by its rules, and the way to delete them. */
export interface Retention {
  readonly plan: RetentionPlan;
  /** @param ca file with the CA to trust @param onProgress is told how many are done */
  readonly run: (ca: string | undefined, onProgress: (done: number) => void) => Promise<Removed>;
}

/** @throws Failure without rules, or when the registry does not run */
export async function findRetention(environment: Environment, variables: Variables): Promise<Retention> {
  const { name, registry } = environment;
  const rules = registry.retention;
  if (rules.length === 0)
    throw new Failure(
      `${name} has no rules: every tag stays`,
      `write registry.retention in environments/${name}.yaml; docs/guides/garbage-collection.md shows some`,
    );
  const runtime = await connect(environment, variables);
  const site = await openSite(runtime, environment, variables);
  const plan = await withStorage(runtime, environment, async ({ client, access: { root } }) => {
    const inventory = await liveInventory(client, root);
    return planRetention(inventory, (key) => client.read(key), root, rules, Date.now());
  });
  return {
    plan,
    run: (ca, onProgress) => {
      const client = clientOf(environment, variables, ca);
      return whileLocked(site, "retention", () =>
        whileReachable(environment, runtime, () => removeTags(client, plan, onProgress)),
      );
    },
  };
}

function clientOf(environment: Environment, variables: Variables, ca: string | undefined): RegistryClient {
  const { name } = environment;
  const { url } = buildStack(environment).registry.distribution;
  const login = readLogin(name, variables);
  if (!login) throw new Failure(`There is no login for ${name}`, command("secrets init", name));
  const own = url.startsWith("https:") ? privateAuthorities(url, ca ? [ca] : []) : undefined;
  return new RegistryClient({ url, login, ca: own && trustedAuthorities(own), timeoutMs: 60_000 });
}
