import { z } from "zod";
import { IMAGES, type ImageName } from "../../constructs/images";
import { GATEWAY, SUBNET } from "../../constructs/values/addresses";
import { LOG_DRIVER } from "../../constructs/values/choices";
import { imageReference, MIRROR } from "../../constructs/values/image-reference";
import { MTU } from "../../constructs/values/limits";
import { LOG_OPTION } from "../../constructs/values/names";
import { flag, form, labels, number, path, says, text, textMap, word } from "./values";

const DOCKER_HOST =
  /^(?:unix:\/\/\/\S+|npipe:\/\/\/\/\.\/pipe\/\S+|tcp:\/\/(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\]):\d{1,5}|ssh:\/\/(?:[A-Za-z0-9._-]+@)?(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?)$/;

/** An ssh option that accepts any host key, in each spelling ssh takes. */
const NO_HOST_KEY_CHECK =
  /StrictHostKeyChecking[\s=]+"?(?:no|off)\b|(?:UserKnownHostsFile|GlobalKnownHostsFile)[\s=]+"?\/dev\/null/i;

const sshOption = text("must be an ssh argument", "write e.g. -o and StrictHostKeyChecking=yes, one entry each").refine(
  (value) => !NO_HOST_KEY_CHECK.test(value),
  {
    error: says(
      "must not switch host key checking off: whoever answers would get control of the registry",
      "put the host's key in ~/.ssh/known_hosts (ssh-keyscan, then compare it on the host) and remove this option",
    ),
  },
);

const logging = z
  .strictObject({
    driver: word(LOG_DRIVER).describe(
      "Docker's log driver. No default. local and json-file keep a log until its container is replaced; journald keeps it in the host's journal.",
    ),
    options: textMap(form(LOG_OPTION))
      .default({})
      .describe('Its options, e.g. { max-size: 50m, max-file: "5" }. Default: none.'),
  })
  .optional()
  .describe(
    "Where the logs of the containers that stay up go; a change replaces them. Default: what the engine is set to, which is usually json-file without a limit of size.",
  );

/** Where Docker runs. */
export const dockerSchema = z.strictObject({
  host: text(
    "must be unix:///PATH, tcp://HOST:PORT, ssh://[USER@]HOST[:PORT] or npipe:////./pipe/NAME",
    "write e.g. ssh://deploy@registry.example.com",
    DOCKER_HOST,
  )
    .default("unix:///var/run/docker.sock")
    .describe(
      "Docker Engine that runs the containers. Default unix:///var/run/docker.sock, the engine of this machine. Prefer ssh:// for remote ones: it needs no open port and no certificates. HOST may be an alias of ~/.ssh/config, which then says the user, too.",
    ),
  tlsDirectory: path("name the folder that holds ca.pem, cert.pem and key.pem")
    .optional()
    .describe(
      "Folder on this machine with ca.pem, cert.pem and key.pem, like DOCKER_CERT_PATH. Only for tcp://, and required there off loopback: whoever reaches an open Docker port owns the host. Default: none.",
    ),
  olderThan25: flag()
    .default(false)
    .describe(
      "Whether the engine is older than Docker 25 (2024, API 1.44), which knows no start_interval: health checks then run every 1.8 s for ever, not every 30 s, and a newer engine asks first after 5 s, for which each apply waits. Default false; doctor says when it must be true.",
    ),
  logging,
  sshOptions: z
    .array(sshOption, { error: says("must be a list of ssh arguments", "write e.g. [-o, StrictHostKeyChecking=yes]") })
    .optional()
    .describe(
      'Arguments for ssh, e.g. ["-o", "StrictHostKeyChecking=yes"]. Only for ssh://. Default: none, ssh\'s own configuration decides. Options that switch host key checking off are refused.',
    ),
});

const image = (usual: string, text: string) => form(imageReference(usual)).optional().describe(`Image of ${text}`);

/** Which images run. */
export const imagesSchema = z.strictObject({
  mirror: form(MIRROR)
    .optional()
    .describe(
      "Prefix of a mirror that serves the images, e.g. mirror.example.com/hub, for networks without Docker Hub. Default: each image is pulled from where it is published.",
    ),
  ...(Object.fromEntries(
    Object.entries(IMAGES).map(([name, { reference, text }]) => [name, image(reference, text)]),
  ) as Record<ImageName, ReturnType<typeof image>>),
});

const networkSchema = (what: string) =>
  z
    .strictObject({
      subnet: form(SUBNET)
        .optional()
        .describe(
          "IPv4 range in CIDR form, /8–/29, e.g. 10.89.0.0/24. Default: Docker chooses a free one, from 172.16.0.0/12 or 192.168.0.0/16. Set it where firewalls or VPNs name ranges, to one outside of these.",
        ),
      gateway: form(GATEWAY)
        .optional()
        .describe("Address of the host in the subnet. Default: the subnet's first. Needs subnet."),
      labels: labels().default({}).describe("Labels of this network only. Default: none."),
      mtu: number(MTU)
        .optional()
        .describe(
          "Largest packet in bytes. Default: Docker's 1500. Lower it on overlay networks and clouds that carry less, where big pushes would hang.",
        ),
    })
    .prefault({})
    .describe(what);

/** The two networks. */
export const networksSchema = z.strictObject({
  edge: networkSchema("Network that clients' traffic arrives on; published ports lead to it."),
  storage: networkSchema(
    "Network between the registry and RustFS. Always internal: nothing on it reaches, or is reached from, outside.",
  ),
});
