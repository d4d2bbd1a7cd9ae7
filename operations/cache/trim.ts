import type { Environment } from "../../config";
import { objectName } from "../../constructs/values/object-names";
import { command } from "../command";
import { Failure } from "../failure";
import type { Runtime } from "../runtime/runtime";
import { CONFIG_FILE } from "../storage/access";
import type { StoredObject } from "../storage/answers";
import { openStorage } from "../storage/storage";
import { planTrim, type TrimPlan } from "./trim-plan";

/** What a cache holds and what of it would go. */
export interface Trim extends TrimPlan {
  /** Removes what the plan names. */
  readonly run: (onProgress: (removed: number) => void) => Promise<void>;
  /** Ends the connections to the storage. */
  readonly close: () => void;
}

/**
 * Looks at a pull-through cache, and says what to remove so that it takes no more than a size.
 * @throws Failure for a registry that is none: what was pushed could not be fetched again
 */
export async function findTrim(
  runtime: Runtime,
  environment: Environment,
  maxBytes: number,
  open = openStorage,
): Promise<Trim> {
  const { name, registry } = environment;
  if (!(registry.proxy ?? registry.configuration?.proxy))
    throw new Failure(
      `${name} is no pull-through cache: what was pushed to it could not be fetched again`,
      "remove images by digest instead, or set registry.proxy",
    );
  const running = await runtime.readFile(objectName(name, "registry"), CONFIG_FILE).catch(() => "");
  if (!/^proxy:$/m.test(running))
    throw new Failure(
      `The container ${objectName(name, "registry")} is not there, or runs no pull-through cache yet`,
      command("up", name),
    );
  const { client, access } = await open(runtime, environment);
  const objects: StoredObject[] = [];
  for await (const object of client.list(access.root)) objects.push(object);
  const plan = planTrim(objects, access.root, maxBytes, Date.now());
  return { ...plan, run: (onProgress) => client.remove(plan.keys, onProgress), close: () => client.close() };
}
