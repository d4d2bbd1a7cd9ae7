import { Failure } from "../failure";
import { stopIfAsked } from "../interruption";
import type { Operation } from "../operation";
import { inStage } from "../progress";
import type { Runtime } from "../runtime/runtime";
import { waitUntilHealthy } from "../runtime/wait-healthy";
import { type Check, checksSummary } from "../verify/check";
import { verifyEnvironment } from "../verify/environment";
import { type KeptImages, keptImages, lostSince } from "./images-kept";
import type { UpgradeRecord } from "./record";

/** How the result of an upgrade is looked at. */
export interface Proof {
  /** PEM file of a private CA to trust. @default - none */
  readonly ca?: string;
  /** What to do when it is cut off. */
  readonly goOn: string;
  /** How a check that needs a look is shown. */
  readonly checkText: (check: Check) => string;
}

/** What runs is not what it should be. The details name each thing. */
export class NotProven extends Failure {}

/** Whether the images that the file asks for run, or those of before: then `verify` must not expect the others. */
export type Runs = "asked" | "before";

/** The checks of `verify`, as a stage. */
export function verifyNow(
  { environment, interruption, progress, variables }: Operation,
  runtime: Runtime,
  { ca, goOn, checkText }: Proof,
  runs: Runs,
): Promise<readonly Check[]> {
  const { name } = environment;
  return inStage(progress, "verify", async (stage) => {
    await waitUntilHealthy(runtime, environment, interruption);
    stopIfAsked(interruption, "What runs was not proven.", goOn);
    const all = await verifyEnvironment(name, { variables, ca, onProgress: (text) => stage.now(text) });
    const value = runs === "asked" ? all : all.filter(({ id }) => !id.endsWith("-image"));
    for (const check of value.filter(({ status }) => status === "failed" || status === "warning"))
      stage.line(checkText(check));
    return { value, result: checksSummary(value) };
  });
}

/** Every tag, followed to its layers, as a stage. */
export function imagesNow({ environment, progress }: Operation, runtime: Runtime): Promise<KeptImages> {
  return inStage(progress, "images", async (stage) => {
    const value = await keptImages(runtime, environment, (text) => stage.now(text));
    const { tags, missing, blobs } = value;
    const lacking = missing.length > 0 ? `, ${missing.length} of what they need is missing` : "";
    return { value, result: `${Object.keys(tags).length} tags, ${blobs} blobs${lacking}` };
  });
}

/**
 * Verifies what runs, and looks for every image that was there before; what was wrong before does not count.
 * @returns the checks
 * @throws NotProven
 */
export async function prove(
  operation: Operation,
  runtime: Runtime,
  { failedBefore, images }: Pick<UpgradeRecord, "failedBefore" | "images">,
  proof: Proof,
  runs: Runs,
): Promise<readonly Check[]> {
  const checks = await verifyNow(operation, runtime, proof, runs);
  const failed = checks.filter(({ id, status }) => status === "failed" && !failedBefore.includes(id));
  const lost = await imagesNow(operation, runtime).then(
    (now) => lostSince(images, now).map((one) => `${one}: it was there before`),
    (error) => {
      if (!(error instanceof Failure)) throw error;
      return [`the images cannot be looked at: ${error.message}`];
    },
  );
  const wrong = [...failed.map(({ title, detail }) => `${title}: ${detail ?? "it does not"}`), ...lost];
  if (wrong.length > 0) throw new NotProven(`${wrong.length} things are wrong`, undefined, wrong.join("\n"));
  return checks;
}
