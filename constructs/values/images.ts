import { textOf } from "./value";

// github.com/distribution/reference: reference.go holds the grammar.
const DOMAIN = "[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::[0-9]+)?";
const COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";

/** `[domain/]repository[:tag][@digest]`, with a tag or a digest. */
export const IMAGE_PATTERN = new RegExp(
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
