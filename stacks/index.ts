export { platformOf, requiredProviders } from "./platforms";
export { type Product, placeProviderLock, placeProviderLocks, providerLockPath } from "./provider-lock";
export { clientAddress, clientUrl, dataLocation, pageUrl } from "./reach";
export { readEnvironments } from "./read";
export { RegistryStack } from "./registry-stack";
export { containerNames, registryStorage, storageServer } from "./storage";
export { summary } from "./summary";
export { buildStack, synthesize } from "./synthesize";
export { registryTls } from "./tls";
