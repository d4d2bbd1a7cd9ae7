export type { AccessOptions, AccessRule, LdapOptions, Right, Robot } from "./access/options";
export { TokenServer, type TokenServerProps } from "./access/token-server";
export type {
  DistributionConfiguration,
  DistributionOverrides,
} from "./distribution/configuration";
export { RegistryImages, type RegistryImagesProps } from "./images";
export { Alertmanager, type AlertmanagerProps } from "./monitoring/alertmanager";
export type {
  AlertEmail,
  AlertmanagerOptions,
  AlertWebhook,
  MonitoringOptions,
  PersesOptions,
  PrometheusOptions,
} from "./monitoring/options";
export { Perses, type PersesProps } from "./monitoring/perses";
export { Prometheus, type PrometheusProps } from "./monitoring/prometheus";
export { DockerHost, type DockerHostProps, type DockerLogging } from "./platform/docker-host";
export { KubernetesPlatform, type KubernetesPlatformProps } from "./platform/kubernetes";
export type {
  KubernetesExposure,
  KubernetesOptions,
  KubernetesStorage,
  Toleration,
} from "./platform/kubernetes-options";
export type {
  ContainerFile,
  ContainerHealth,
  ContainerMount,
  ContainerNetwork,
  ContainerPort,
  ContainerSpec,
  LiveFiles,
  LiveFilesSpec,
  NetworkSpec,
  PartProps,
  Peers,
  Platform,
  PlatformObject,
  PublishedPort,
  ServiceSpec,
  VolumeSpec,
} from "./platform/platform";
export { type InMemoryCacheOptions, type RedisCacheOptions, RegistryCache } from "./registry/cache";
export {
  type CredentialName,
  type CredentialSource,
  type CredentialSourceProps,
  type Credentials,
  StackCredentials,
} from "./registry/credentials";
export { DistributionRegistry, type DistributionRegistryProps } from "./registry/distribution-registry";
export { Htpasswd } from "./registry/htpasswd";
export { HtpasswdFile, type HtpasswdFileProps } from "./registry/htpasswd-file";
export {
  type RegistryNetworkProps,
  RegistryNetworks,
  type RegistryNetworksOptions,
  type RegistryNetworksProps,
} from "./registry/networks";
export type { NotificationEndpoint, NotificationOptions } from "./registry/notifications";
export type {
  DistributionOptions,
  LogOptions,
  MetricsOptions,
  PullThroughOptions,
  UploadPurgingOptions,
} from "./registry/options";
export { PrivateRegistry, type PrivateRegistryProps } from "./registry/private-registry";
export { BucketInit, type BucketInitProps } from "./storage/bucket-init";
export * from "./storage/registry-storage";
export { RustFs, type RustFsProps } from "./storage/rustfs";
export type { RustFsOptions, RustFsVolume } from "./storage/rustfs-options";
export type { S3AccessProps, S3Keys } from "./storage/s3-access";
export type {
  BoundStorage,
  BucketOptions,
  ServerPort,
  Storage,
  StorageContext,
  StorageServer,
  StorageUser,
} from "./storage/storage";
export { StorageProof, type StorageProofProps } from "./storage/storage-proof";
export * from "./tls/registry-tls";
export type { AcmeIssuer, AuthorityFile, BoundTls, Tls, TlsReach } from "./tls/tls";
export type { UiOptions } from "./ui/options";
export { RegistryUi, type RegistryUiProps } from "./ui/registry-ui";
export type { RestartPolicy } from "./values/choices";
export { InvalidOptionsError, type Problem } from "./values/errors";
export { ImageReference } from "./values/image-reference";
export type { PublishAddress } from "./values/publish";
