import type { Rule } from "../rule";
import { acknowledgementExpired } from "./acknowledgement-expired";
import { acknowledgementUnused } from "./acknowledgement-unused";
import { addressMoved } from "./address-moved";
import { bucketDestroyed } from "./bucket-destroyed";
import { bucketJobDeletes } from "./bucket-job-deletes";
import { certificateCacheLost } from "./certificate-cache-lost";
import { certificateCacheNotKept } from "./certificate-cache-not-kept";
import { certificateRequested } from "./certificate-requested";
import { checkFailed } from "./check-failed";
import { clientDeletesEnabled } from "./client-deletes-enabled";
import { composeHidden } from "./compose-hidden";
import { createFirstCollides } from "./create-first-collides";
import { dataDirectoryChanged } from "./data-directory-changed";
import { dataNotKept } from "./data-not-kept";
import { dataVolumeDestroyed } from "./data-volume-destroyed";
import { dataVolumeMoved } from "./data-volume-moved";
import { dataVolumeReplaced } from "./data-volume-replaced";
import { dataVolumeUnprotected } from "./data-volume-unprotected";
import { debugLogging } from "./debug-logging";
import { debugPortPublished } from "./debug-port-published";
import { defaultCredentials } from "./default-credentials";
import { destroyEverything } from "./destroy-everything";
import { dockerSocketMounted } from "./docker-socket-mounted";
import { drift } from "./drift";
import { forgotten } from "./forgotten";
import { hostNetwork } from "./host-network";
import { imageChanged } from "./image-changed";
import { imageDowngraded } from "./image-downgraded";
import { imageFloating } from "./image-floating";
import { imageKnownBad } from "./image-known-bad";
import { imageMajorUpgrade } from "./image-major-upgrade";
import { imageNotKept } from "./image-not-kept";
import { imageOtherRepository } from "./image-other-repository";
import { imageUnpinned } from "./image-unpinned";
import { imageWithdrawn } from "./image-withdrawn";
import { jobExitUnchecked } from "./job-exit-unchecked";
import { jobRunsAgain } from "./job-runs-again";
import { networkOpened } from "./network-opened";
import { networkReplaced } from "./network-replaced";
import { neverApplied } from "./never-applied";
import { noHealthcheck } from "./no-healthcheck";
import { noRestartPolicy } from "./no-restart-policy";
import { partialPlan } from "./partial-plan";
import { plansEveryTime } from "./plans-every-time";
import { portConflict } from "./port-conflict";
import { portWidened } from "./port-widened";
import { privilegedContainer } from "./privileged-container";
import { providerDeletesStopped } from "./provider-deletes-stopped";
import { pushesRefused } from "./pushes-refused";
import { readOnlyUpload } from "./read-only-upload";
import { redirectUnreachable } from "./redirect-unreachable";
import { registryReplaced } from "./registry-replaced";
import { registryWithoutAuth } from "./registry-without-auth";
import { registryWithoutTls } from "./registry-without-tls";
import { removedOnExit } from "./removed-on-exit";
import { secretInCommand } from "./secret-in-command";
import { secretInEnv } from "./secret-in-env";
import { secretInTriggers } from "./secret-in-triggers";
import { serviceRemoved } from "./service-removed";
import { serviceReplaced } from "./service-replaced";
import { serviceUpdated } from "./service-updated";
import { severalReplaced } from "./several-replaced";
import { sharedRootKey } from "./shared-root-key";
import { stopWithoutGrace } from "./stop-without-grace";
import { stoppedContainer } from "./stopped-container";
import { storageLocationChanged } from "./storage-location-changed";
import { storageMemoryLow } from "./storage-memory-low";
import { storageNetworkOpen } from "./storage-network-open";
import { storagePublished } from "./storage-published";
import { storageReplaced } from "./storage-replaced";
import { taintedRetried } from "./tainted-retried";
import { tlsWeakened } from "./tls-weakened";
import { unkeptDataDestroyed } from "./unkept-data-destroyed";
import { uploadSecretChanged } from "./upload-secret-changed";
import { usersChanged } from "./users-changed";
import { volumeLabelled } from "./volume-labelled";
import { volumeRebuilt } from "./volume-rebuilt";
import { waitWithoutHealthcheck } from "./wait-without-healthcheck";

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
  dockerSocketMounted,
  drift,
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
  jobExitUnchecked,
  jobRunsAgain,
  networkOpened,
  networkReplaced,
  neverApplied,
  noHealthcheck,
  noRestartPolicy,
  partialPlan,
  plansEveryTime,
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
  secretInCommand,
  secretInEnv,
  secretInTriggers,
  serviceRemoved,
  serviceReplaced,
  serviceUpdated,
  severalReplaced,
  sharedRootKey,
  stopWithoutGrace,
  stoppedContainer,
  storageLocationChanged,
  storageMemoryLow,
  storageNetworkOpen,
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
