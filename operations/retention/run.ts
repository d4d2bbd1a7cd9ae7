import { Failure } from "../failure";
import type { RegistryClient } from "../registry/client";
import { ANY_MANIFEST } from "../registry/media-types";
import type { RetentionPlan } from "./plan";
import type { RuledTag } from "./policy";

export interface Removed {
  readonly removed: number;
  /** Tags that were pushed anew since the plan was made: they stay. */
  readonly moved: readonly RuledTag[];
}

/** Deletes tags one by one, never a digest: another tag may need it. */
export async function removeTags(
  client: RegistryClient,
  { going }: RetentionPlan,
  onProgress: (done: number) => void,
): Promise<Removed> {
  let removed = 0;
  const moved: RuledTag[] = [];
  for (const { tag } of going) {
    const target = `/v2/${tag.repository}/manifests/${tag.name}`;
    const now = await client.request("HEAD", target, { headers: { accept: ANY_MANIFEST } });
    if (now.status !== 404 && now.headers["docker-content-digest"] !== tag.digest) {
      moved.push(tag);
      continue;
    }
    const { status } = await client.request("DELETE", target);
    if (status === 405)
      throw new Failure(
        "The registry refuses to delete (HTTP 405)",
        "registry.delete: true and readOnly: false in the environment file, then deploy it",
      );
    if (status !== 202 && status !== 404)
      throw new Failure(`${tag.repository}:${tag.name} was not deleted: HTTP ${status}`);
    removed += 1;
    onProgress(removed);
  }
  return { removed, moved };
}
