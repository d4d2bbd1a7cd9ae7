import { basename } from "node:path";
import type { CreatedBundle } from "../../operations/bundle/create";
import type { LoadedBundle } from "../../operations/bundle/load";
import { TERRAFORM_RC } from "../../operations/bundle/load-files";
import type { PushedBundle } from "../../operations/bundle/push";
import { command, quote } from "../../operations/command";
import { version } from "../../package.json";
import type { Style } from "./style";

/** What to do with a bundle that was made. */
export function createdText(output: string, { sha256, products }: CreatedBundle): string {
  const only = products.length === 1 ? [`The providers are for ${products[0]} only.`] : [];
  return [
    ...only,
    "On the other side, in the folder of the project, with the file in it:",
    `  tar -xf ${quote(basename(output))} package && npm install --offline --no-audit --no-fund --ignore-scripts ./package/*.tgz`,
    `  npx private-registry bundle load ${quote(basename(output))} --sha256 ${sha256}`,
  ].join("\n");
}

/** What is left to do after a bundle was loaded. */
export function loadedText({ archive, environments, written }: LoadedBundle, { yellow }: Style): string {
  const { contents } = archive;
  const lines: string[] = [];
  if (written.length > 0) lines.push(`Written: ${written.join(", ")}`);
  if (contents.version !== version)
    lines.push(
      yellow(
        `The bundle was made by release ${contents.version}, this is ${version}: its own is in it, as package/*.tgz`,
      ),
    );
  for (const { name, missing } of environments)
    for (const image of missing) lines.push(yellow(`${name} wants ${image}, which is not in the bundle.`));
  for (const { file, mirror, mirrorIsSet } of environments) {
    if (!mirror) continue;
    lines.push(
      mirrorIsSet
        ? `${file} has images.mirror: ${mirror}, the name under which this engine knows the images.`
        : `This engine knows the images' digests under the name of ${mirror} only. In ${file}:\n  images: { mirror: "${mirror}" }`,
    );
  }
  lines.push("Then:", `  export TF_CLI_CONFIG_FILE="$PWD/${TERRAFORM_RC}"`);
  for (const { name } of environments) lines.push(`  ${command("up", name)}`);
  return lines.join("\n");
}

/** How other hosts use what was pushed. */
export function pushedText({ address, images }: PushedBundle, prefix?: string): string {
  const pulls = images.map(
    ({ upload, tag, image }) => `  docker pull ${address}/${upload.repository}:${tag}@${image.digest}`,
  );
  const isForRegistries = images.some(({ image }) => image.role === "distribution");
  const mirror = `"${[address, prefix].filter(Boolean).join("/")}"`;
  return [
    "On other hosts:",
    `  docker login ${address}`,
    ...pulls,
    ...(isForRegistries
      ? ["An environment elsewhere takes its images from here with, in its file:", `  images: { mirror: ${mirror} }`]
      : []),
  ].join("\n");
}
