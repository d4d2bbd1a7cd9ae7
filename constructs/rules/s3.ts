import type { S3StorageOptions } from "../storage/s3-storage";
import { type OptionRule, unless } from "./rule";

/** Whether the bucket is in the path of URLs: only Amazon serves it as a host name everywhere. */
export const hasPathStyle = ({ forcePathStyle, endpoint }: Pick<S3StorageOptions, "forcePathStyle" | "endpoint">) =>
  forcePathStyle ?? endpoint !== undefined;

/** Rules about an S3 service that exists. */
export const s3Rules: readonly OptionRule<S3StorageOptions>[] = [
  {
    id: "kms-key-needs-encrypt",
    reads: ["kmsKeyId", "encrypt"],
    check: ({ kmsKeyId, encrypt }) =>
      unless(
        kmsKeyId === undefined || encrypt === true,
        "kmsKeyId",
        "has no effect without encrypt: true",
        "encrypt false",
        "set encrypt to true, or remove it",
      ),
  },
  {
    id: "aws-options-need-aws",
    reads: ["endpoint", "accelerate", "dualStack"],
    check: (options) =>
      (["accelerate", "dualStack"] as const).flatMap((option) =>
        unless(
          options.endpoint === undefined || !options[option],
          option,
          "is for AWS only",
          `endpoint ${options.endpoint}`,
          "remove it, or remove the endpoint",
        ),
      ),
  },
  {
    id: "ca-needs-https",
    reads: ["endpoint", "caFile", "skipVerify"],
    check: (options) =>
      (["caFile", "skipVerify"] as const).flatMap((option) =>
        unless(
          !options.endpoint?.startsWith("http://") || !options[option],
          option,
          "needs an https:// endpoint",
          `endpoint ${options.endpoint}`,
          "use https:// in endpoint, or remove it",
        ),
      ),
  },
  {
    id: "ca-is-checked",
    reads: ["caFile", "skipVerify"],
    check: ({ caFile, skipVerify }) =>
      unless(
        !skipVerify || caFile === undefined,
        "skipVerify",
        "must be false with caFile, which it would leave unused",
        "true",
        "remove skipVerify",
      ),
  },
];
