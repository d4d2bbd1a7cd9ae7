import { existsSync, readFileSync } from "node:fs";
import { isLoopback } from "../../constructs/values/ip";
import type { Report } from "./report";
import { type ComposeService, hostPath } from "./service";
import type { RegistrySettings } from "./settings";

/** An S3 server of the compose file, which stays behind. */
export interface OldServer {
  readonly scheme: string;
  readonly port: number;
  readonly bucket: string;
  readonly keys?: S3KeyPair;
}

export interface S3KeyPair {
  readonly accessKey: string;
  readonly secretKey: string;
}

/** Keys of the driver that say how to reach a server, or what it can do; the construct knows both of RustFS. */
const OF_THE_SERVER = [
  ...["regionendpoint", "secure", "skipverify", "forcepathstyle", "v4auth", "encrypt", "keyid", "storageclass"],
  ...["objectacl", "accelerate", "usedualstack", "usefipsendpoint", "redirectendpoint"],
];

/** Says what becomes of it. */
export function explainServer(service: ComposeService, at: string, settings: RegistrySettings, report: Report): void {
  const its = OF_THE_SERVER.map((key) => `${at}.${key}`).filter((key) => settings.get(key) !== undefined);
  report.changed(
    `${service.image} → RustFS, pinned by digest`,
    "the data is copied through S3, so that no format of a disk matters",
    ...its,
  );
  report.changed(
    "the registry has an S3 key of its own, for this bucket only",
    "it held the storage's root key",
    ...[`${at}.accesskey`, `${at}.secretkey`],
  );
  explainKeys(report);
  const [data] = service.mounts.filter(({ target }) => !/^\/(logs?|run|etc|certs?)(\/|$)/.test(target));
  const where =
    data?.kind === "bind"
      ? `folder ${data.source}`
      : data?.kind === "volume"
        ? `volume ${data.source}`
        : "an anonymous volume";
  report.changed(
    "the data lies on a named volume, which Terraform refuses to destroy",
    `it lay in ${where}, which stays as it is`,
  );
  const open = service.ports.filter(({ address }) => !isLoopback(address ?? "0.0.0.0"));
  if (service.ports.length > 0) {
    const ports = service.ports.map(({ published, target }) => published ?? target).join(" and ");
    report.changed(
      `ports ${ports} of the storage are not published`,
      `${open.length > 0 ? "every address of the host led to them" : "the old server still holds them"}; storage.rustfs.console and s3Publish bring them back, on loopback`,
    );
  }
}

export function explainKeys(report: Report): void {
  report.changed(
    "secrets reach containers as files",
    "`docker inspect` shows everybody what stands under environment:",
  );
}

/** The server's own first key. */
export function rootKeys(service: ComposeService): S3KeyPair | undefined {
  const value = (name: string): string | undefined => {
    const file = service.environment[`${name}_FILE`];
    const path = file && hostPath(service, file);
    return service.environment[name] ?? (path && existsSync(path) ? readFileSync(path, "utf8").trim() : undefined);
  };
  const access = value("RUSTFS_ACCESS_KEY") ?? value("MINIO_ROOT_USER") ?? value("MINIO_ACCESS_KEY");
  return keyPair(access, value("RUSTFS_SECRET_KEY") ?? value("MINIO_ROOT_PASSWORD") ?? value("MINIO_SECRET_KEY"));
}

export function keyPair(accessKey?: string, secretKey?: string): S3KeyPair | undefined {
  return accessKey && secretKey ? { accessKey, secretKey } : undefined;
}
