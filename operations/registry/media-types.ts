export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";

/** Headers of what is a layer's, or a part of it. */
export const OCTETS = { "content-type": "application/octet-stream" };

/** What a client says to get an image's index or manifest as it was pushed, for the header `Accept`. */
export const ANY_MANIFEST = [
  OCI_INDEX,
  OCI_MANIFEST,
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");
