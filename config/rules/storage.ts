import { rustfsRules } from "../../constructs/rules/rustfs";
import { addressesOverlap } from "../../constructs/values/ip";
import { publishedAddresses } from "../../constructs/values/publish";
import type { Finding } from "../diagnostic";
import type { Environment } from "../schema";
import { finding, type Rule, unless } from "./rule";
import { shared } from "./shared";

/** Rules about where the images are kept, and about the ports of one environment. */
export const storageRules: readonly Rule[] = [
  {
    id: "storage-is-not-both",
    // Asked of the keys alone: a broken value in one of the two must not hide this.
    reads: [],
    check: ({ storage: { rustfs, s3 } }) =>
      unless(
        !rustfs || !s3,
        "storage",
        "must have only one of rustfs and s3",
        "both",
        "remove the one that is not used",
      ),
  },
  {
    id: "storage-is-not-neither",
    reads: ["storage"],
    check: ({ storage: { rustfs, s3 } }) =>
      unless(
        rustfs !== undefined || s3 !== undefined,
        "storage",
        "must have one of rustfs and s3",
        "neither",
        "write `rustfs: {}` below it for all defaults, or remove it",
      ),
  },
  ...rustfsRules.map((rule) => shared(rule, "storage.rustfs", ({ storage }) => storage.rustfs)),
  {
    id: "kms-key-needs-encrypt",
    reads: ["storage.s3"],
    check: ({ storage: { s3 } }) =>
      unless(
        s3?.kmsKeyId === undefined || s3.encrypt,
        "storage.s3.kmsKeyId",
        "has no effect without encrypt: true",
        "encrypt false",
        "set storage.s3.encrypt to true, or remove it",
      ),
  },
  {
    id: "aws-options-need-aws",
    reads: ["storage.s3"],
    check: ({ storage: { s3 } }) =>
      (["accelerate", "dualStack"] as const).flatMap((key) =>
        unless(
          s3?.endpoint === undefined || !s3[key],
          `storage.s3.${key}`,
          "is for AWS only",
          `endpoint ${s3?.endpoint}`,
          "remove it, or remove the endpoint",
        ),
      ),
  },
  {
    id: "ca-needs-https",
    reads: ["storage.s3"],
    check: ({ storage: { s3 } }) =>
      (["caFile", "skipVerify"] as const).flatMap((key) =>
        unless(
          !s3?.endpoint?.startsWith("http://") || !s3[key],
          `storage.s3.${key}`,
          "needs an https:// endpoint",
          `endpoint ${s3?.endpoint}`,
          "use https:// in storage.s3.endpoint, or remove it",
        ),
      ),
  },
  {
    id: "ca-is-checked",
    reads: ["storage.s3.caFile", "storage.s3.skipVerify"],
    check: ({ storage: { s3 } }) =>
      unless(
        !s3?.skipVerify || s3.caFile === undefined,
        "storage.s3.skipVerify",
        "must be false with caFile, which it would leave unused",
        "true",
        "remove skipVerify",
      ),
  },
  {
    id: "ports-apart",
    reads: ["registry.publish", "registry.tls", "storage.rustfs.console", "storage.rustfs.s3Publish"],
    check: (environment) => {
      const ports = publishedPorts(environment);
      return ports.flatMap((port, index) => {
        const taken = ports.slice(0, index).find((other) => other.path !== port.path && collide(port, other));
        return taken ? [portFinding(port, `must not be published by ${taken.path} too`)] : [];
      });
    },
  },
];

/** A port of the Docker host that an environment takes. */
export interface Published {
  readonly path: string;
  readonly address: string;
  readonly port: number;
}

/** Every port that an environment publishes. */
export function publishedPorts({ registry, storage: { rustfs } }: Environment): Published[] {
  const { tls, publish } = registry;
  // A proxy on a network of Docker's needs no port.
  const isPublished = tls?.mode !== "behind-proxy" || tls.network === undefined;
  return [
    ...(isPublished ? published("registry.publish", publish) : []),
    ...(rustfs?.console ? published("storage.rustfs.console", rustfs.console) : []),
    ...(rustfs?.s3Publish ? published("storage.rustfs.s3Publish", rustfs.s3Publish) : []),
  ];
}

function published(path: string, { address, port }: Environment["registry"]["publish"]): Published[] {
  return publishedAddresses({ address }).map((one) => ({ path, address: one, port }));
}

/** A finding about a port; where the port is a default, the section that it is in is pointed at. */
export function portFinding({ path, port }: Published, rule: string): Finding {
  return { ...finding(`${path}.port`, rule, String(port), "choose another port"), near: [path.split(".")] };
}

/** Whether Docker could publish only one of two ports. */
export function collide(a: Published, b: Published): boolean {
  return a.port === b.port && addressesOverlap(a.address, b.address);
}
