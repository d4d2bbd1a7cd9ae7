import type { Transition } from "../rule";
import type { Container } from "./container";
import type { ImageName } from "./image";

export interface ImageChange {
  readonly address: string;
  readonly container: Container;
  readonly before: ImageName;
  readonly after: ImageName;
}

/** Containers and services that run another image after the plan. */
export function imageChanges(transition: Transition): ImageChange[] {
  return transition.containers.flatMap(({ change, before, after }) =>
    before?.image && after?.image && before.image.text !== after.image.text
      ? { address: change.address, container: after, before: before.image, after: after.image }
      : [],
  );
}
