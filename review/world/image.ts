/** An image reference taken apart: `[domain/]repository[:tag][@digest]`. */
export interface ImageName {
  /** As written. */
  readonly text: string;
  /** Without tag and digest. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

export function parseImage(reference: string): ImageName | undefined {
  const match =
    /^(?<repository>[a-z0-9][\w./:-]*?)(?::(?<tag>[\w][\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{6,64}))?$/i.exec(
      reference,
    );
  if (!match?.groups || /^sha256$/.test(match.groups.repository ?? "")) return undefined;
  const { repository = "", tag, digest } = match.groups;
  return { text: reference, repository, tag, digest };
}

/** The last part of the repository: `rustfs` of `mirror.example.com/rustfs/rustfs`. */
export function baseName(image: ImageName | undefined): string {
  return image?.repository.split("/").at(-1) ?? "";
}

/** `3.1.2` → [3, 1, 2]; nothing for `latest`, `alpine` and dates of release (`RELEASE.2025-…`, `2025.1`). */
export function versionOf(image: ImageName | undefined): readonly number[] | undefined {
  const match = /^v?(\d{1,4})(?:\.(\d{1,6}))?(?:\.(\d{1,6}))?(?=$|[-+._])/.exec(image?.tag ?? "");
  if (!match || Number(match[1]) > 1000) return undefined;
  return match.slice(1).map((part) => Number(part ?? 0));
}

/** Negative when `a` is older. */
export function compareVersions(a: readonly number[], b: readonly number[]): number {
  for (let n = 0; n < 3; n++) {
    const difference = (a[n] ?? 0) - (b[n] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Name, tag and the start of the digest: what fits into a sentence. */
export function shortImage(image: ImageName | undefined): string {
  if (!image) return "an image that is not known";
  const tag = image.tag ? `:${image.tag}` : "";
  return `${image.repository}${tag}${image.digest ? `@${image.digest.slice(0, 19)}…` : ""}`;
}
