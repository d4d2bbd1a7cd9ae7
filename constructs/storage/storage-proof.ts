import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TerraformResource } from "cdktf";
import { Construct } from "constructs";
import type { DistributionConfiguration } from "../distribution/configuration";
import { renderConfiguration } from "../distribution/render";
import type { ContainerNetwork, PartProps } from "../platform/platform";
import { privateHost, withoutProxyFor } from "../registry/proxy-variables";
import { check } from "../rules/checks";
import { WAIT } from "../values/defaults";
import { throwIfInvalid } from "../values/errors";
import { WAIT_SECONDS } from "../values/limits";
import { objectName } from "../values/object-names";
import { type S3AccessProps, s3Access } from "./s3-access";

/** The container is called `<name>-storage-proof`. */
export interface StorageProofProps extends PartProps, S3AccessProps {
  /** The registry's own image: BusyBox's shell and tools besides `registry`. */
  readonly image: string;
  /** The registry's configuration, of which the storage is used. */
  readonly configuration: DistributionConfiguration;
  /** Those that the registry is on. */
  readonly networks: readonly ContainerNetwork[];
  /** Variables of the registry, such as a proxy's. @default - none */
  readonly environment?: Readonly<Record<string, string>>;
  /** How long the storage may take to answer. @default 60 */
  readonly waitSeconds?: number;
}

/**
 * A job that proves the registry's storage: a registry of its own, with the same storage and the same key, takes a small
 * blob, gives it back and deletes it. Distribution itself starts without asking its storage anything, and notices after
 * half a minute. See `storage-proof.sh`.
 */
export class StorageProof extends Construct {
  /** The container, ended with exit code 0 once applied. */
  public readonly job: TerraformResource;

  constructor(scope: Construct, id: string, props: StorageProofProps) {
    super(scope, id);
    throwIfInvalid(this, [check("waitSeconds", props.waitSeconds, WAIT_SECONDS)]);
    const access = s3Access(this, props);
    const isReadOnly = props.configuration.storage.maintenance?.readonly?.enabled === true;
    this.job = props.platform.job(this, "Resource", {
      name: objectName(props.name, "storage-proof"),
      component: "storage-proof",
      image: props.image,
      entrypoint: ["/bin/sh", "/job/storage-proof.sh"],
      command: [],
      environment: {
        ...withoutProxyFor(props.environment ?? {}, privateHost(props.configuration.storage.s3?.regionendpoint)),
        ...access.environment,
        JOB_DIR: "/job",
        // A registry that is read-only may have a key that cannot write.
        PROVE: isReadOnly ? "read" : "write",
        WAIT_SECONDS: String(props.waitSeconds ?? WAIT),
        OTEL_TRACES_EXPORTER: "none",
      },
      files: [
        { path: "/job/storage-proof.sh", content: readFileSync(join(__dirname, "storage-proof.sh"), "utf8") },
        {
          path: "/job/config.yml",
          content: renderConfiguration(proofConfiguration(props.configuration)),
          mode: "0400",
        },
        ...access.files,
      ],
      networks: props.networks,
      labels: props.labels,
      dependsOn: props.dependsOn,
    });
  }
}

/** A registry for nobody but the job: the same storage, and no more of the rest than it must have. */
function proofConfiguration({ storage }: DistributionConfiguration): DistributionConfiguration {
  const { cache, maintenance, ...driver } = storage;
  return {
    version: "0.1",
    log: { level: "info" },
    storage: {
      ...driver,
      delete: { enabled: true },
      redirect: { disable: true },
      maintenance: { uploadpurging: { enabled: false } },
    },
    // It signs the uploads of this one process, which nobody else reaches.
    http: { addr: "127.0.0.1:5000", secret: "of-the-storage-proof-which-nobody-reaches" },
  };
}
