import { brokenRule, throwIfInvalid } from "./errors";
import { textOf } from "./value";

// github.com/distribution/reference: reference.go holds the grammar.
const DOMAIN = "[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::[0-9]+)?";
const COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";

/** `[domain/]repository[:tag][@digest]`, with a tag or a digest. */
const IMAGE_PATTERN = new RegExp(
  `^(?<name>(?:${DOMAIN}/)?${COMPONENT}(?:/${COMPONENT})*)(?=[:@])(?::(?<tag>[\\w][\\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$`,
);

/** A container image's name, pinned by a tag or a digest. @param usual for people: one that would do, its digest is left out */
export const imageReference = (usual: string) =>
  textOf(
    "must be an image reference with a tag or a digest",
    `write ${usual.replace(/@.*/, "")}@sha256:DIGEST; a bare name means latest, which moves`,
    IMAGE_PATTERN,
  );

/** Prefix of a mirror. */
export const MIRROR = textOf(
  "must be HOST[:PORT][/PATH] without scheme and trailing slash",
  "write e.g. mirror.example.com/hub",
  new RegExp(`^${DOMAIN}(?:/${COMPONENT})*$`),
);

/** An image's name as Docker reads it: the first part is a domain when it looks like one. @returns no domain: Docker Hub's */
export function splitName(name: string): { readonly domain?: string; readonly path: string } {
  const [first = "", ...rest] = name.split("/");
  const hasDomain = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  return hasDomain ? { domain: first, path: rest.join("/") } : { path: name };
}

/**
 * A container image's name as Docker writes it: `[domain/]repository[:tag][@digest]`.
 *
 * @example ImageReference.parse("registry:3.1.2@sha256:ddf7…").withMirror("mirror.example.com").toString()
 */
export class ImageReference {
  /**
   * Reads a reference.
   * @throws InvalidOptionsError when the text is no image reference, or names neither tag nor digest
   */
  public static parse(text: string, option = "image"): ImageReference {
    const match = IMAGE_PATTERN.exec(text);
    throwIfInvalid("image reference", [match ? undefined : brokenRule(option, text, imageReference("name:tag"))]);
    const { name = "", tag, digest } = match?.groups ?? {};
    return new ImageReference(name, tag, digest);
  }

  /** Name without tag and digest, domain included. */
  public readonly name: string;
  /** @default - the digest alone identifies the image */
  public readonly tag?: string;
  /** `sha256:` and 64 hex digits. @default - the tag may move */
  public readonly digest?: string;

  private constructor(name: string, tag?: string, digest?: string) {
    this.name = name;
    this.tag = tag;
    this.digest = digest;
  }

  /** Whether the content behind the name cannot change. */
  public get isPinned(): boolean {
    return this.digest !== undefined;
  }

  /**
   * The same image behind a mirror: `registry` becomes `MIRROR/library/registry`, `ghcr.io/a/b` becomes `MIRROR/a/b`.
   * `library/` is how pull-through mirrors of Docker Hub address its official images.
   *
   * @param prefix host, optional port and path, without scheme and trailing slash
   */
  public withMirror(prefix: string): ImageReference {
    const { domain, path } = splitName(this.name);
    const repository = domain === undefined && !path.includes("/") ? `library/${path}` : path;
    return new ImageReference(`${prefix}/${repository}`, this.tag, this.digest);
  }

  public toString(): string {
    return `${this.name}${this.tag ? `:${this.tag}` : ""}${this.digest ? `@${this.digest}` : ""}`;
  }
}
