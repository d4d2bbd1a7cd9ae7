export { type Product, placeProviderLock, providerLockPath } from "./provider-lock";
export { clientUrl, dataLocation, pageUrl } from "./reach";
export { readEnvironments } from "./read";
export { RegistryStack } from "./registry-stack";
export { containerNames, type ServerPort, type StorageServer, storageServer } from "./storage";
export { summary } from "./summary";
export { describe, synthesize } from "./synthesize";
