export { BucketInit, type BucketInitProps, type S3Keys } from "./bucket-init";
export { type CertificateFacts, type CertificateFiles, type CertificateReport, checkCertificate } from "./certificate";
export { FILES_ELSEWHERE, readCertificateFiles } from "./certificate-files";
export {
  CREDENTIALS,
  type CredentialName,
  type Credentials,
  credentialVariable,
  sensitiveVariable,
} from "./credentials";
export { DEPLOYMENT_LABEL, ENVIRONMENT_LABEL } from "./deployment";
export {
  type DistributionConfiguration,
  type DistributionOverrides,
  mergeOverrides,
} from "./distribution/configuration";
export {
  type DistributionOptions,
  DistributionRegistry,
  type DistributionRegistryProps,
} from "./distribution-registry";
export { InvalidOptionsError, type Problem } from "./errors";
export { DEFAULT_COST, Htpasswd } from "./htpasswd";
export { HtpasswdFile, type HtpasswdFileProps } from "./htpasswd-file";
export { ImageReference } from "./image-reference";
export { RegistryImages, type RegistryImagesProps } from "./images";
export { pathFromStack } from "./local-path";
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
export { PrivateRegistry, type PrivateRegistryProps, privateRegistryProblems } from "./private-registry";
export { type RegistryNetworkProps, RegistryNetworks, type RegistryNetworksProps } from "./registry-networks";
export type { BucketOptions, RustFsStorage, S3Storage } from "./registry-storage";
export { RustFs, type RustFsOptions, type RustFsProps, type RustFsVolume } from "./rustfs";
export type { S3AccessProps } from "./s3-access";
export { StorageProof, type StorageProofProps } from "./storage-proof";
export {
  acmeDirectory,
  type BehindProxyTls,
  type CertificateTls,
  type LetsEncryptTls,
  type NoTls,
  type Tls,
} from "./tls";
export { inUrl } from "./values/addresses";
export { isEveryAddress, type PublishAddress, publishedAddresses, reach } from "./values/publish";
