import { get } from "../../../plan/json";
import { code } from "../../brief";
import { causeOf } from "../../cause";
import { attributeText } from "../../name";
import type { Rule } from "../../rule";

const BUCKETS = /^(aws|minio)_s3_bucket$/;

export const bucketDestroyed: Rule = {
  id: "bucket-destroyed",
  category: "data",
  severity: "error",
  what: "A bucket that Terraform manages is destroyed",
  why: "With `force_destroy` everything in it is deleted. Without it the apply fails on a bucket that is not empty.",
  fix: "Keep the bucket, or take it out of Terraform with a `removed` block.",
  fact: "The bucket resources of the AWS and MinIO providers delete objects only with `force_destroy`.",
  consequence: ({ plan }) =>
    plan.changes
      .filter(({ type, action }) => BUCKETS.test(type) && (action === "delete" || action === "replace"))
      .map((change) => {
        const name = code(
          attributeText(change.before, "bucket") ?? attributeText(change.before, "name") ?? change.address,
        );
        const forced = get(change.before, "force_destroy") === true;
        return {
          address: change.address,
          message: forced
            ? `Bucket ${name} is destroyed with everything in it.`
            : `Bucket ${name} is destroyed if it is empty; otherwise the apply fails.`,
          cause: causeOf(change, plan),
          impact: forced ? { kind: "data-loss" as const } : undefined,
        };
      }),
};
