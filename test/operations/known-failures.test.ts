import { describe, expect, test } from "vitest";
import { type FailureContext, KNOWN_FAILURES, recognise } from "../../operations/known-failures";

const CONTEXT: FailureContext = { environment: "prod", dockerHost: "unix:///var/run/docker.sock", user: "ada" };
const SSH = { ...CONTEXT, dockerHost: "ssh://root@192.0.2.1:2222" };

/**
 * What the tools really said: Terraform 1.11.4, docker provider 4.5.0, Docker Engine 20.10, Node 20, OpenSSH 9.2. Not heard
 * but written after documentation and sources: disk-full, docker-tls, not-healthy, terraform-version, state-newer,
 * backend-changed, backend-credentials.
 */
const SAID: readonly [id: string, said: string, message: RegExp, remedy: RegExp, context?: FailureContext][] = [
  [
    "bucket-job",
    `local-exec provisioner error\nError running command 'test "$EXIT_CODE" = 0 || { printf "%s\\n" "$OUTPUT" >&2; exit 1; }': exit status 1. Output: bucket-init: failed: storage was not ready within 60 s: GET /health/ready answered HTTP 000, expected 200\n`,
    /bucket failed: storage was not ready within 60 s/,
    /logs prod rustfs/,
  ],
  [
    "engine-older-than-25",
    'Unable to create container: "specify health-check start interval" requires API version 1.44, but the Docker daemon API version is 1.41',
    /unix:\/\/\/var\/run\/docker\.sock is older than 25/,
    /docker: \{ olderThan25: true \}.*environments\/prod\.yaml/,
  ],
  [
    "engine-older-than-25",
    "Unable to create container: specify health-check start interval requires API version 1.44, but the Docker daemon API version is 1.41",
    /is older than 25/,
    /olderThan25/,
  ],
  [
    "storage-proof",
    "exit status 1. Output: storage-proof: failed: an upload is begun: s3aws: NoSuchBucket: The specified bucket does not exist. (HTTP 404)",
    /storage does not work: there is no bucket of that name \(.*NoSuchBucket/,
    /storage\.s3\.bucket/,
  ],
  [
    "storage-proof",
    "storage-proof: failed: an upload is begun: the registry broke off, as it does over an answer that is not S3's",
    /storage does not work: what answers at the endpoint is no S3 storage/,
    /storage\.s3\.endpoint/,
  ],
  [
    "storage-proof",
    "storage-proof: failed: an upload is begun: s3aws: SerializationError: failed to unmarshal error message",
    /storage does not work: what answers at the endpoint is no S3 storage/,
    /storage\.s3\.endpoint/,
  ],
  [
    "storage-proof",
    "storage-proof: failed: the blob is read: s3aws: NotImplemented: A header you provided implies functionality that is not implemented",
    /does not work: the blob is read: s3aws: NotImplemented/,
    /private-registry up prod tries again/,
  ],
  [
    "users-job",
    "exit status 1. Output: htpasswd: failed: no user in registry_htpasswd, nobody could log in",
    /users' file failed: no user/,
    /users list prod/,
  ],
  ["docker-permission", "connect EACCES /var/run/docker.sock", /^User ada may not use/, /usermod -aG docker ada/],
  [
    "docker-permission",
    `failed to create Docker client: Error pinging Docker server, please make sure that unix:///var/run/docker.sock is reachable and has a  '_ping' endpoint. Error: permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Head "http://%2Fvar%2Frun%2Fdocker.sock/_ping": dial unix /var/run/docker.sock: connect: permission denied`,
    /may not use/,
    /usermod/,
  ],
  [
    "docker-not-running",
    "connect ENOENT /var/run/docker.sock",
    /most likely it is not running/,
    /systemctl start docker/,
  ],
  [
    "docker-not-running",
    "connect ECONNREFUSED 192.0.2.1:2376",
    /does not answer/,
    /docker\.host/,
    { ...CONTEXT, dockerHost: "tcp://192.0.2.1:2376" },
  ],
  [
    "docker-not-running",
    "failed to create Docker client: Error pinging Docker server, please make sure that unix:///x.sock is reachable and has a  '_ping' endpoint. Error: Cannot connect to the Docker daemon at unix:///x.sock. Is the docker daemon running?",
    /does not answer/,
    /start/,
  ],
  [
    "port-privileged",
    "Unable to start container: Error response from daemon: failed to set up container networking: driver failed programming external connectivity on endpoint lab-registry (af9b): error while calling RootlessKit PortManager.AddPort(): cannot expose privileged port 80, you can add 'net.ipv4.ip_unprivileged_port_start=80' to /etc/sysctl.conf (currently 1024), or set CAP_NET_BIND_SERVICE on rootlesskit binary, or choose a larger port number (>= 1024): listen tcp4 127.0.0.1:80: bind: permission denied",
    /rootless and may not publish port 80$/,
    /ip_unprivileged_port_start=80 \| sudo tee/,
  ],
  [
    "storage-owner",
    '[FATAL] Server runtime failed: Io error: Permission denied (os error 13)\n{"message":"Local disk initialization failed"}',
    /RustFS may not write/,
    /doctor prod says whom/,
  ],
  [
    "ssh-key",
    "ssh ended with 255: root@127.0.0.1: Permission denied (publickey,keyboard-interactive).",
    /accepts none of your ssh keys/,
    /ssh-add -l/,
    SSH,
  ],
  [
    "ssh-host-key",
    `error during connect: Head "http://docker.example.com/_ping": command [ssh -l root -T -- 127.0.0.1 docker system dial-stdio] has exited with exit status 255, make sure the URL is valid, and Docker 18.09 or later is installed on the remote host: stderr=Host key verification failed.`,
    /does not know the host key/,
    /^ssh -o StrictHostKeyChecking=ask ssh:\/\/root@192\.0\.2\.1:2222 true shows the key's fingerprint/,
    SSH,
  ],
  [
    "ssh-host-key-changed",
    `ssh ended with 255: @@@@@@@@@@@\r
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r
@@@@@@@@@@@\r
Offending ED25519 key in /home/me/.ssh/known_hosts:1\r
  remove with:\r
  ssh-keygen -f "/home/me/.ssh/known_hosts" -R "[192.0.2.1]:2222"\r
Host key for [192.0.2.1]:2222 has changed and you have requested strict checking.\r
Host key verification failed.`,
    /is not the one that ssh knows/,
    /ssh-keygen -f "\/home\/me\/\.ssh\/known_hosts" -R "\[192\.0\.2\.1\]:2222"\n {2}→ ssh -o StrictHostKeyChecking=ask -F other ssh:/,
    { ...SSH, sshOptions: ["-F", "other"] },
  ],
  [
    "docker-permission-over-ssh",
    "ssh ended with 1: failed to open the raw stream connection: dial unix /var/run/docker.sock: connect: permission denied",
    /^User deploy may not use Docker's socket on lab$/,
    /^on lab, as root: usermod -aG docker deploy/,
    { ...CONTEXT, dockerHost: "ssh://lab", sshUser: "deploy" },
  ],
  [
    "docker-not-running",
    "ssh ended with 1: failed to open the raw stream connection: dial unix /var/run/docker.sock: connect: no such file or directory",
    /does not answer/,
    /^start Docker there/,
    SSH,
  ],
  [
    "docker-permission-over-ssh",
    'ssh ended with 1: permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "http://%2Fvar%2Frun%2Fdocker.sock/_ping": dial unix /var/run/docker.sock: connect: permission denied',
    /^User root may not use Docker's socket on 192\.0\.2\.1$/,
    /^on 192\.0\.2\.1, as root: usermod -aG docker root/,
    SSH,
  ],
  [
    "ssh-no-docker",
    "ssh ended with 127: bash: line 1: docker: command not found",
    /has no docker command/,
    /echo \$PATH/,
    SSH,
  ],
  [
    "ssh-refused",
    "ssh ended with 255: kex_exchange_identification: Connection closed by remote host\nConnection closed by 192.0.2.1 port 22",
    /before it has begun/,
    /MaxStartups allows 10/,
    SSH,
  ],
  [
    "ssh-unreachable",
    "ssh ended with 255: ssh: connect to host 127.0.0.1 port 16023: Connection refused",
    /not reachable by ssh: Connection refused/,
    /ssh ssh:\/\/root@192/,
    SSH,
  ],
  ["ssh-unreachable", "spawn ssh ENOENT", /ssh is not installed/, /install OpenSSH/, SSH],
  [
    "docker-tls",
    "C09C8B1F:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required",
    /each other's certificates/,
    /tlsDirectory/,
  ],
  [
    "docker-silent",
    "no answer to GET /version within 20 s",
    /accepts connections and does not answer: nothing came within 20 s/,
    /systemctl status docker/,
  ],
  [
    "docker-closed",
    "socket hang up",
    /closes the connection/,
    /tlsDirectory/,
    { ...CONTEXT, dockerHost: "tcp://192.0.2.1:2376" },
  ],
  [
    "docker-closed",
    "socket hang up",
    /^unix:\/\/\S+ closed the connection before it answered: the engine was stopped or restarted$/,
    /^docker --host unix:\/\/\/var\/run\/docker\.sock info /,
  ],
  [
    "port-taken",
    "Unable to start container: Error response from daemon: driver failed programming external connectivity on endpoint cl2-registry (013ab348): Bind for 127.0.0.1:16002 failed: port is already allocated",
    /^Port 16002 of 127\.0\.0\.1 is taken$/,
    /publish\.port/,
  ],
  [
    "port-taken",
    "driver failed programming external connectivity on endpoint cl2-registry (7e5ec35d): Error starting userland proxy: listen tcp4 127.0.0.1:16002: bind: address already in use",
    /^Port 16002 of 127\.0\.0\.1 is taken$/,
    /publish\.port/,
  ],
  [
    "address-absent",
    "driver failed programming external connectivity on endpoint late (294bb875): Error starting userland proxy: listen tcp4 10.99.0.5:5055: bind: cannot assign requested address",
    /does not have the address 10\.99\.0\.5/,
    /production\.md$/,
  ],
  [
    "address-absent",
    "driver failed programming external connectivity on endpoint lab-registry (0d1a): failed to bind host port 192.0.2.9:5000/tcp: cannot assign requested address",
    /does not have the address 192\.0\.2\.9/,
    /^when it is there: docker start prod-registry/,
  ],
  [
    "name-taken",
    'Unable to create container: Error response from daemon: Conflict. The container name "/cl3-rustfs" is already in use by container "d525b900fb6f91c744dd43a894956aca34c9c81857a46a8da2b3d31c5de5ba6c". You have to remove (or rename) that container to be able to reuse that name.',
    /called cl3-rustfs exists and is not prod's/,
    /docker inspect d525b900fb6f;/,
  ],
  [
    "provider-locked",
    "Error: Failed to install provider\n\nError while installing kreuzwerker/docker v4.5.0: the local package for\nregistry.opentofu.org/kreuzwerker/docker 4.5.0 doesn't match any of the\nchecksums previously recorded in the dependency lock file (this might be\nbecause the available checksums are for packages targeting different\nplatforms)",
    /does not match the lock file/,
    /^private-registry lock /,
  ],
  [
    "provider-locked",
    "Error: Failed to query available provider packages\n\nCould not retrieve the list of available versions for provider\nkreuzwerker/docker: the previously-selected version 4.5.1 is no longer\navailable",
    /does not match the lock file/,
    /^private-registry lock /,
  ],
  [
    "provider-unavailable",
    'Error: Failed to query available provider packages\n\nCould not retrieve the list of available versions for provider\nkreuzwerker/docker: could not connect to registry.terraform.io: failed to\nrequest discovery document: Get\n"https://registry.terraform.io/.well-known/terraform.json": dial tcp: lookup\nregistry.terraform.io on 192.0.2.53:53: no such host',
    /cannot get the Docker provider/,
    /plugins/,
  ],
  [
    "rate-limited",
    "localhost:16090/limited/registry:1: (HTTP code 500) server error - toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit",
    /too many pulls/,
    /images\.mirror/,
  ],
  [
    "image-not-found",
    "localhost:16090/absent/registry:1: (HTTP code 500) server error - manifest unknown",
    /There is no image/,
    /images\.distribution/,
  ],
  [
    "image-not-found",
    "manifest for registry:9.9.9 not found: manifest unknown: manifest unknown",
    /There is no image registry:9\.9\.9,/,
    /images\.mirror/,
  ],
  // An engine that keeps images in containerd, the default since 29.
  [
    "image-not-found",
    '(HTTP code 404) unexpected - failed to resolve reference "localhost:1/registry:1": localhost:1/registry:1: not found',
    /There is no image localhost:1\/registry:1,/,
    /images\.mirror/,
  ],
  [
    "image-other-content",
    "localhost:6002/hub/library/registry:3.1.2: manifest verification failed for digest sha256:0007",
    /sent other content than this digest/,
    /images\.mirror/,
  ],
  [
    "image-no-registry",
    '(HTTP code 500) server error - error parsing HTTP 404 response body: no error details found in HTTP response body: "{}"',
    /answered HTTP 404 instead of the image/,
    /images\.mirror/,
  ],
  // Of an engine that keeps images in containerd; from its sources.
  [
    "image-no-registry",
    "failed to resolve reference: unexpected status from HEAD request to http://localhost:6004/v2/x/manifests/1: 403 Forbidden",
    /answered HTTP 403 instead of the image/,
    /prefix/,
  ],
  [
    "image-login",
    "localhost:16090/private/registry:1: (HTTP code 500) server error - unauthorized",
    /wants a login/,
    /docker login/,
  ],
  [
    "image-unreachable",
    'registry:9.9.9: (HTTP code 500) server error - Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 192.0.2.53:53: no such host ',
    /does not reach registry-1\.docker\.io/,
    /images\.mirror/,
  ],
  // As containerd's image store says it, Docker 29's default.
  [
    "image-unreachable",
    'registry:9.9.9: (HTTP code 500) server error - failed to resolve reference "docker.io/library/registry:9.9.9": failed to do request: Head "https://registry-1.docker.io/v2/library/registry/manifests/9.9.9": dial tcp: lookup registry-1.docker.io on 192.0.2.53:53: dial udp 192.0.2.53:53: connect: network is unreachable',
    /does not reach registry-1\.docker\.io, where the images come from: dial tcp/,
    /images\.mirror/,
  ],
  [
    "state-locked",
    "Error acquiring the state lock\nError message: resource temporarily unavailable\nLock Info:\n  ID:        e770d482-a316-0ffe-60c1-d5eb89b2ce36\n  Path:      ../../../state/cl6.tfstate\n  Operation: OperationTypeApply\n  Who:       root@vm\n  Version:   1.11.4\n  Created:   2026-11-24 12:07:33.267437882 +0000 UTC\n  Info:      \n",
    /changing prod: root@vm, since 2026-11-24 12:07:33/,
    /force-unlock e770d482-a316-0ffe-60c1-d5eb89b2ce36$/,
  ],
  [
    "state-locked",
    "Error acquiring the state lock\nError message: operation error S3: PutObject, https response error StatusCode: 412, RequestID: RXHUJUEXCURWOZU1, HostID: zB1h69Neb=, api error PreconditionFailed\nLock Info:\n  ID:        e37d449e-ea0a-7e22-971f-84e963417746\n  Path:      state/registry.tfstate\n  Operation: OperationTypeApply\n  Who:       root@vm\n  Version:   1.11.4\n  Created:   2026-11-26 19:32:14.854091574 +0000 UTC\n  Info:      \n",
    /changing prod: root@vm, since 2026-11-26 19:32:14/,
    /force-unlock e37d449e-ea0a-7e22-971f-84e963417746$/,
  ],
  [
    "disk-full",
    "Error response from daemon: write /var/lib/docker/tmp/GetImageBlob1: no space left on device",
    /disk is full/,
    /docker system df/,
  ],
  [
    "data-protected",
    "Instance cannot be destroyed\nResource docker_volume.rustfs_data has lifecycle.prevent_destroy set, but the plan calls for this resource to be destroyed. To avoid this error and continue with the plan, either disable lifecycle.prevent_destroy or reduce the scope of the plan using the -target option.",
    /would destroy docker_volume\.rustfs_data, which is protected/,
    /down prod --delete-data/,
  ],
  // OpenTofu.
  [
    "data-protected",
    "Error: Resource instance cannot be destroyed\n\n  on cdk.tf.json line 574, in resource.docker_volume:\n\nResource instance docker_volume.rustfs_data has prevent_destroy set, but the plan calls for it to be destroyed.",
    /would destroy docker_volume\.rustfs_data, which is protected/,
    /down prod --delete-data/,
  ],
  ["not-healthy", "container failed to be in healthy state", /did not become healthy/, /logs prod registry/],
  [
    "network-overlap",
    "Unable to create network: Error response from daemon: Pool overlaps with other one on this address space",
    /no free address range/,
    /networks\.edge\.subnet/,
  ],
  [
    "bad-secret",
    "Invalid value for variable\nregistry_s3_secret_key must be 16–128 letters, digits, '/', '+', '=', '_', '.', '~', '-'.\n\nThis was checked by the validation rule at cdk.tf.json:616,21-22.",
    /registry_s3_secret_key must be 16–128 letters/,
    /secrets path prod/,
  ],
  ["terraform-version", "Error: Unsupported Terraform Core version", /too old or too new/, /1\.4/],
  [
    "state-newer",
    "state snapshot was created by Terraform v1.99.0, which is newer than current v1.11.4",
    /written by Terraform v1\.99\.0/,
    /at least/,
  ],
  [
    "state-broken",
    "Error: Error refreshing state: 2 problems:\n\n- Unsupported state file format: The state file could not be parsed as JSON: syntax error at byte offset 2000.",
    /state of prod cannot be read/,
    /backup/,
  ],
  [
    "backend-changed",
    "Error: Backend configuration changed\n\nA change in the backend configuration has been detected",
    /`state` section changed/,
    /-migrate-state/,
  ],
  // The provider's words, from its source at v3.2.1; the API server's from 1.36.
  [
    "kubernetes-job",
    "Error: job: prod/prod-bucket-init is in failed state",
    /The Job prod-bucket-init failed/,
    /logs prod bucket-init --no-follow/,
  ],
  [
    "kubernetes-rollout",
    "Error: Waiting for rollout to finish: 1 replicas wanted; 0 replicas Ready",
    /1 replicas wanted; 0 replicas Ready/,
    /status prod/,
  ],
  [
    "kubernetes-exists",
    'Error: secrets "prod-auth" already exists',
    /prod-auth \(secrets\) was made by somebody else/,
    /up prod/,
  ],
  [
    "kubernetes-forbidden",
    'Error: deployments.apps is forbidden: User "ci" cannot create resource "deployments" in API group "apps" in the namespace "prod"',
    /ci may not create deployments\.apps/,
    /doctor prod/,
  ],
  [
    "kubernetes-quota",
    'Error: persistentvolumeclaims "data-prod-rustfs-0" is forbidden: exceeded quota: small, requested: requests.storage=100Gi, used: requests.storage=0, limited: requests.storage=10Gi',
    /quota is used up: small, requested: requests\.storage=100Gi/,
    /environments\/prod\.yaml/,
  ],
  ["backend-credentials", "Error: No valid credential sources found", /refuses the credentials/, /AWS_ACCESS_KEY_ID/],
];

describe("recognised", () => {
  test.each(SAID)("%s: %s", (id, said, message, remedy, context = CONTEXT) => {
    const known = recognise(said, context);
    expect(known?.id).toBe(id);
    expect(known?.message).toMatch(message);
    expect(known?.remedy).toMatch(remedy);
  });

  test("every known failure has been heard", () => {
    expect(KNOWN_FAILURES.map(({ id }) => id).filter((id) => !SAID.some(([one]) => one === id))).toEqual([]);
  });

  test("what is not known stays as it is", () => {
    expect(recognise("Error: Reference to undeclared resource", CONTEXT)).toBeUndefined();
  });
});

test("what cannot be downloaded can be brought in a bundle of that environment", () => {
  const context = { environment: "prod", dockerHost: "unix:///var/run/docker.sock" };
  for (const text of [
    'Get "https://registry-1.docker.io/v2/": dial tcp 192.0.2.1:443: connect: network is unreachable',
    "Failed to query available provider packages",
  ]) {
    const { remedy } = recognise(text, context) ?? {};
    expect(remedy).toContain("private-registry bundle create prod on a machine with the Internet");
    expect(remedy).toContain("private-registry bundle load FILE here");
  }
});
