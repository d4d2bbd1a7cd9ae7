import { code } from "../../brief";
import type { Rule } from "../../rule";
import type { Settings } from "../../world/settings";

export const redirectUnreachable: Rule = {
  id: "redirect-unreachable",
  category: "availability",
  severity: "error",
  what: "Clients are sent to a storage address that only containers know",
  why: "`docker pull` gets a 307 to a name it cannot resolve: no image can be pulled from outside.",
  fix: "Set `storage.redirect.disable: true`, or a `redirectendpoint` that clients reach.",
  fact: "Distribution answers a GET of a blob with a redirect to the S3 endpoint unless redirects are off (seen: 307 to http://rustfs:9000/…).",
  posture: (world) =>
    world.containers
      .filter(({ role }) => role === "registry")
      .flatMap((container) => {
        const host = privateEndpoint(world.settings(container));
        return host
          ? {
              address: container.address,
              message: `Registry ${code(container.name)} sends clients to ${code(host)} for every layer.`,
            }
          : [];
      }),
};

function privateEndpoint({ values }: Settings): string | undefined {
  const endpoint = values.get("storage.s3.regionendpoint");
  const redirected = values.get("storage.redirect.disable") !== "true" && !values.get("storage.s3.redirectendpoint");
  const host = /^(?:https?:\/\/)?([^/:]+)/.exec(endpoint ?? "")?.[1];
  return redirected && host && !host.includes(".") && !host.startsWith("(") ? endpoint : undefined;
}
