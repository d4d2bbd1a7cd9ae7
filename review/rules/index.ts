import type { Rule } from "../rule";
import { certificateRequested } from "./availability/certificate-requested";
import { createFirstCollides } from "./availability/create-first-collides";
import { disruptionBudgetWeakened } from "./availability/disruption-budget-weakened";
import { drift } from "./availability/drift";
import { filesNotReread } from "./availability/files-not-reread";
import { ingressHostChanged } from "./availability/ingress-host-changed";
import { jobRunsAgain } from "./availability/job-runs-again";
import { memoryLowered } from "./availability/memory-lowered";
import { networkReplaced } from "./availability/network-replaced";
import { neverApplied } from "./availability/never-applied";
import { noHealthcheck } from "./availability/no-healthcheck";
import { noRestartPolicy } from "./availability/no-restart-policy";
import { portConflict } from "./availability/port-conflict";
import { pushesRefused } from "./availability/pushes-refused";
import { readOnlyUpload } from "./availability/read-only-upload";
import { redirectUnreachable } from "./availability/redirect-unreachable";
import { registryReplaced } from "./availability/registry-replaced";
import { removedOnExit } from "./availability/removed-on-exit";
import { scaledDown } from "./availability/scaled-down";
import { serviceRemoved } from "./availability/service-removed";
import { serviceReplaced } from "./availability/service-replaced";
import { serviceRolled } from "./availability/service-rolled";
import { severalReplaced } from "./availability/several-replaced";
import { stopWithoutGrace } from "./availability/stop-without-grace";
import { stoppedContainer } from "./availability/stopped-container";
import { storageMemoryLow } from "./availability/storage-memory-low";
import { storageReplaced } from "./availability/storage-replaced";
import { taintedRetried } from "./availability/tainted-retried";
import { waitWithoutHealthcheck } from "./availability/wait-without-healthcheck";
import { bucketDestroyed } from "./data/bucket-destroyed";
import { bucketJobDeletes } from "./data/bucket-job-deletes";
import { certificateCacheLost } from "./data/certificate-cache-lost";
import { certificateCacheNotKept } from "./data/certificate-cache-not-kept";
import { claimGrown } from "./data/claim-grown";
import { claimsGoWithSet } from "./data/claims-go-with-set";
import { clientDeletesEnabled } from "./data/client-deletes-enabled";
import { dataDirectoryChanged } from "./data/data-directory-changed";
import { dataNotKept } from "./data/data-not-kept";
import { dataVolumeDestroyed } from "./data/data-volume-destroyed";
import { dataVolumeMoved } from "./data/data-volume-moved";
import { dataVolumeReplaced } from "./data/data-volume-replaced";
import { dataVolumeUnprotected } from "./data/data-volume-unprotected";
import { destroyEverything } from "./data/destroy-everything";
import { namespaceDestroyed } from "./data/namespace-destroyed";
import { platformChanged } from "./data/platform-changed";
import { storageLocationChanged } from "./data/storage-location-changed";
import { storageNodesChanged } from "./data/storage-nodes-changed";
import { unkeptDataDestroyed } from "./data/unkept-data-destroyed";
import { volumeLabelled } from "./data/volume-labelled";
import { volumeRebuilt } from "./data/volume-rebuilt";
import { debugPortPublished } from "./exposure/debug-port-published";
import { dockerSocketMounted } from "./exposure/docker-socket-mounted";
import { hostNetwork } from "./exposure/host-network";
import { networkOpened } from "./exposure/network-opened";
import { networkPolicyWeakened } from "./exposure/network-policy-weakened";
import { podSecurityWeakened } from "./exposure/pod-security-weakened";
import { portWidened } from "./exposure/port-widened";
import { privilegedContainer } from "./exposure/privileged-container";
import { registryWithoutAuth } from "./exposure/registry-without-auth";
import { registryWithoutTls } from "./exposure/registry-without-tls";
import { rightsRemoved } from "./exposure/rights-removed";
import { rightsWidened } from "./exposure/rights-widened";
import { storageNetworkOpen } from "./exposure/storage-network-open";
import { storagePublished } from "./exposure/storage-published";
import { tlsWeakened } from "./exposure/tls-weakened";
import { usersChanged } from "./exposure/users-changed";
import { acknowledgementExpired } from "./hygiene/acknowledgement-expired";
import { acknowledgementUnused } from "./hygiene/acknowledgement-unused";
import { addressMoved } from "./hygiene/address-moved";
import { checkFailed } from "./hygiene/check-failed";
import { composeHidden } from "./hygiene/compose-hidden";
import { debugLogging } from "./hygiene/debug-logging";
import { forgotten } from "./hygiene/forgotten";
import { jobExitUnchecked } from "./hygiene/job-exit-unchecked";
import { partialPlan } from "./hygiene/partial-plan";
import { plansEveryTime } from "./hygiene/plans-every-time";
import { providerDeletesStopped } from "./hygiene/provider-deletes-stopped";
import { imageChanged } from "./images/image-changed";
import { imageDowngraded } from "./images/image-downgraded";
import { imageFloating } from "./images/image-floating";
import { imageKnownBad } from "./images/image-known-bad";
import { imageMajorUpgrade } from "./images/image-major-upgrade";
import { imageNotKept } from "./images/image-not-kept";
import { imageOtherRepository } from "./images/image-other-repository";
import { imageUnpinned } from "./images/image-unpinned";
import { imageWithdrawn } from "./images/image-withdrawn";
import { defaultCredentials } from "./secrets/default-credentials";
import { secretInCommand } from "./secrets/secret-in-command";
import { secretInEnv } from "./secrets/secret-in-env";
import { secretInTriggers } from "./secrets/secret-in-triggers";
import { sharedRootKey } from "./secrets/shared-root-key";
import { uploadSecretChanged } from "./secrets/upload-secret-changed";

/** Every rule, by id. */
export const RULES: readonly Rule[] = [
  acknowledgementExpired,
  acknowledgementUnused,
  addressMoved,
  bucketDestroyed,
  bucketJobDeletes,
  certificateCacheLost,
  certificateCacheNotKept,
  certificateRequested,
  checkFailed,
  claimGrown,
  claimsGoWithSet,
  clientDeletesEnabled,
  composeHidden,
  createFirstCollides,
  dataDirectoryChanged,
  dataNotKept,
  dataVolumeDestroyed,
  dataVolumeMoved,
  dataVolumeReplaced,
  dataVolumeUnprotected,
  debugLogging,
  debugPortPublished,
  defaultCredentials,
  destroyEverything,
  disruptionBudgetWeakened,
  dockerSocketMounted,
  drift,
  filesNotReread,
  forgotten,
  hostNetwork,
  imageChanged,
  imageDowngraded,
  imageFloating,
  imageKnownBad,
  imageMajorUpgrade,
  imageNotKept,
  imageOtherRepository,
  imageUnpinned,
  imageWithdrawn,
  ingressHostChanged,
  jobExitUnchecked,
  jobRunsAgain,
  memoryLowered,
  namespaceDestroyed,
  networkOpened,
  networkPolicyWeakened,
  networkReplaced,
  neverApplied,
  noHealthcheck,
  noRestartPolicy,
  partialPlan,
  plansEveryTime,
  platformChanged,
  podSecurityWeakened,
  portConflict,
  portWidened,
  privilegedContainer,
  providerDeletesStopped,
  pushesRefused,
  readOnlyUpload,
  redirectUnreachable,
  registryReplaced,
  registryWithoutAuth,
  registryWithoutTls,
  removedOnExit,
  rightsRemoved,
  rightsWidened,
  scaledDown,
  secretInCommand,
  secretInEnv,
  secretInTriggers,
  serviceRemoved,
  serviceReplaced,
  serviceRolled,
  severalReplaced,
  sharedRootKey,
  stopWithoutGrace,
  stoppedContainer,
  storageLocationChanged,
  storageMemoryLow,
  storageNetworkOpen,
  storageNodesChanged,
  storagePublished,
  storageReplaced,
  taintedRetried,
  tlsWeakened,
  unkeptDataDestroyed,
  uploadSecretChanged,
  usersChanged,
  volumeLabelled,
  volumeRebuilt,
  waitWithoutHealthcheck,
];
