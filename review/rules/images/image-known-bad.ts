import { code } from "../../brief";
import type { Rule } from "../../rule";
import type { Container } from "../../world/container";
import { baseName, compareVersions, versionOf } from "../../world/image";
import type { World } from "../../world/world";

export const imageKnownBad: Rule = {
  id: "image-known-bad",
  category: "images",
  severity: "warning",
  what: "A version with a known fault that matters here",
  why: "The message says which.",
  fix: "Take the version that the message names, or a later one.",
  fact: "CVE-2026-85747 (pull-through content is not checked), rustfs/rustfs#7958 (a long listing can end early).",
  posture: (world) =>
    world.containers.flatMap((container) => {
      const fault = faultOf(container, world);
      return fault
        ? {
            address: container.address,
            message: `${code(container.name)} runs ${code(container.image?.text ?? "")}: ${fault}.`,
          }
        : [];
    }),
};

function faultOf(container: Container, world: World): string | undefined {
  const version = versionOf(container.image);
  if (!version) return undefined;
  const isBefore = (...other: number[]) => compareVersions(version, other) < 0;
  if (container.role === "registry" && baseName(container.image) === "registry") {
    if (isBefore(3, 0, 0)) return "version 2 gets no fixes any more; 3.1.2 is maintained";
    const isProxy = world.settings(container).values.has("proxy.remoteurl");
    if (isProxy && isBefore(3, 1, 2))
      return "a pull-through cache does not check what it caches before 3.1.2 (CVE-2026-85747)";
  }
  if (container.title === "RustFS" && (isBefore(1, 0, 1) || /^1\.0\.\d-/.test(container.image?.tag ?? ""))) {
    return "before 1.0.1 a long bucket listing can end early, which garbage collection takes for missing images";
  }
  return undefined;
}
