import { aBundle } from "../bundle/remedy";
import type { KnownFailure } from "../known-failures";

/** Why the engine does not get an image. */
export const IMAGE_FAILURES: readonly KnownFailure[] = [
  {
    id: "rate-limited",
    pattern: /toomanyrequests|429 Too Many Requests|pull rate limit/i,
    explain: () => ({
      message: "The registry that the images come from has had too many pulls from this address",
      remedy:
        "wait, or docker login (limits are higher for users), or name a mirror: images.mirror in the environment file",
    }),
  },
  {
    id: "image-not-found",
    pattern:
      /manifest for (?<image>\S+) not found|failed to resolve reference \\?"(?<reference>[^"\\]+)\\?"[^\n]*: not found|manifest unknown|pull access denied for (?<denied>\S+?),|repository \S+ not found|unable to (?:find|read) docker image[^\n]*not found/i,
    explain: ({ groups }) => ({
      message: `There is no image ${groups?.image ?? groups?.reference ?? groups?.denied ?? "of that name"}, or it needs a login`,
      remedy:
        "correct images.distribution, images.rustfs or images.mirror in the environment file, or fill the mirror (docs/guides/mirrors.md); for a private mirror, docker login first",
    }),
  },
  {
    id: "image-other-content",
    pattern: /manifest verification failed for digest|unexpected commit digest/i,
    explain: () => ({
      message: "The registry or mirror sent other content than this digest; it was not accepted",
      remedy: "name another mirror: images.mirror in the environment file (docs/guides/mirrors.md)",
    }),
  },
  {
    // A portal, or a prefix of the mirror's website.
    id: "image-no-registry",
    pattern:
      /error parsing HTTP (?<status>\d+) response body|unexpected status from \w+ request to \S+: (?<refused>403)\b/i,
    explain: ({ groups }) => ({
      message: `The registry or mirror answered HTTP ${groups?.status ?? groups?.refused} instead of the image`,
      remedy:
        "write the prefix that the mirror's own pages name, or another mirror, since some are for their own customers only: images.mirror in the environment file (docs/guides/mirrors.md)",
    }),
  },
  {
    id: "image-login",
    pattern:
      /no basic auth credentials|error response from daemon: unauthorized|server error - unauthorized|unauthorized: /i,
    explain: () => ({
      message: "The registry that the images come from wants a login",
      remedy: "docker login to it on this machine, or name another one: images.mirror in the environment file",
    }),
  },
  {
    id: "image-unreachable",
    pattern:
      /(?:Get|Head) "https?:\/\/(?<host>[^/"]+)[^"]*": (?<why>[^\n]*)|(?:lookup|dial tcp:? lookup) (?<name>\S+)[^\n]*no such host/i,
    explain: ({ groups }, { environment }) => ({
      message: `The Docker host does not reach ${groups?.host ?? groups?.name}, where the images come from: ${groups?.why ?? "no such host"}`,
      remedy: `without a way out, name a mirror that it does reach: images.mirror in the environment file; or ${aBundle(environment)}`,
    }),
  },
];
