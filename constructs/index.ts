export {
  type DistributionConfiguration,
  type DistributionOverrides,
  mergeOverrides,
} from "./distribution/configuration";
export { RegistryImages, type RegistryImagesProps } from "./images";
export { DEPLOYMENT_LABEL, ENVIRONMENT_LABEL } from "./platform/deployment";
export { DockerHost } from "./platform/docker-host";
export type {
  ContainerFile,
  ContainerHealth,
  ContainerMount,
  ContainerNetwork,
  ContainerPort,
  ContainerSpec,
  Platform,
  PublishedPort,
  RestartPolicy,
  ServiceSpec,
} from "./platform/platform";
export {
  CREDENTIALS,
  type CredentialName,
  type Credentials,
  credentialVariable,
  sensitiveVariable,
} from "./registry/credentials";
export {
  type DistributionOptions,
  DistributionRegistry,
  type DistributionRegistryProps,
} from "./registry/distribution-registry";
export { DEFAULT_COST, Htpasswd } from "./registry/htpasswd";
export { HtpasswdFile, type HtpasswdFileProps } from "./registry/htpasswd-file";
export { type RegistryNetworkProps, RegistryNetworks, type RegistryNetworksProps } from "./registry/networks";
export { PrivateRegistry, type PrivateRegistryProps, privateRegistryProblems } from "./registry/private-registry";
export { InvalidOptionsError, type Problem } from "./rules/errors";
export { BucketInit, type BucketInitProps, type S3Keys } from "./storage/bucket-init";
export { RustFs, type RustFsOptions, type RustFsProps, type RustFsVolume } from "./storage/rustfs";
export type { S3AccessProps } from "./storage/s3-access";
export type { BucketOptions, RustFsStorage, S3Storage } from "./storage/storage";
export { StorageProof, type StorageProofProps } from "./storage/storage-proof";
export {
  type CertificateFacts,
  type CertificateFiles,
  type CertificateReport,
  checkCertificate,
} from "./tls/certificate/certificate";
export { FILES_ELSEWHERE, readCertificateFiles } from "./tls/certificate/files";
export {
  acmeDirectory,
  type BehindProxyTls,
  type CertificateTls,
  type LetsEncryptTls,
  type NoTls,
  type Tls,
} from "./tls/tls";
export { inUrl } from "./values/addresses";
export { ImageReference } from "./values/image-reference";
export { pathFromStack } from "./values/local-path";
export { isEveryAddress, type PublishAddress, publishedAddresses, reach } from "./values/publish";
