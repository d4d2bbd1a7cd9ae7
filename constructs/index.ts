export { BucketInit, type BucketInitProps, type S3Keys } from "./bucket-init";
export {
  CREDENTIALS,
  type CredentialName,
  type Credentials,
  credentialVariable,
  sensitiveVariable,
} from "./credentials";
export type { DistributionConfiguration, DistributionOverrides } from "./distribution/configuration";
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
export {
  type BucketOptions,
  PrivateRegistry,
  type PrivateRegistryProps,
  type RustFsStorage,
  type S3Storage,
} from "./private-registry";
export { type RegistryNetworkProps, RegistryNetworks, type RegistryNetworksProps } from "./registry-networks";
export { RustFs, type RustFsOptions, type RustFsProps, type RustFsVolume } from "./rustfs";
export type { BehindProxyTls, CertificateTls, LetsEncryptTls, NoTls, Tls } from "./tls";
