import { plan, registry, rustfs } from "../builder";
import type { Cases } from "./cases";

const to = (before: string, after: string) =>
  plan({ "docker_container.reg": { before: registry({ image: before }), after: registry({ image: after }) } });
const runs = (image: string, more = {}) => plan({ "docker_container.c": { after: registry({ image, ...more }) } });
const DIGEST = `@sha256:${"c".repeat(64)}`;

export const imagesCases: Cases = {
  "image-changed": { violating: to("registry:3.1.1", "registry:3.1.2"), clean: to("registry:3.1.2", "registry:3.1.2") },
  "image-downgraded": {
    violating: to("registry:3.10.0", "registry:3.9.0"),
    clean: to("registry:3.9.0", "registry:3.10.0"),
  },
  "image-major-upgrade": {
    violating: to("registry:2.8.3", "registry:3.1.2"),
    clean: to("registry:3.0.0", "registry:3.1.2"),
  },
  "image-other-repository": {
    violating: to("registry:3.1.2", "evil.example.com/registry:3.1.2"),
    clean: to(`registry:3.1.2${DIGEST}`, `mirror.example.com/library/registry:3.1.2${DIGEST}`),
  },
  "image-floating": { violating: runs("registry:latest"), clean: runs(`registry:latest${DIGEST}`) },
  "image-unpinned": { violating: runs("registry:3.1.2"), clean: runs(`registry:3.1.2${DIGEST}`) },
  "image-withdrawn": { violating: runs("minio/mc:RELEASE.2025-01-01T00-00-00Z"), clean: runs("rustfs/rustfs:1.0.1") },
  "image-known-bad": {
    violating: runs("registry:3.1.1", { env: ["REGISTRY_PROXY_REMOTEURL=https://registry.example.com"] }),
    clean: plan({
      "docker_container.store": { after: rustfs() },
      "docker_container.reg": { after: registry({ image: "registry:3.1.1" }) },
    }),
  },
  "image-not-kept": {
    violating: plan({ "docker_image.reg": { after: { name: "registry:3.1.2" } } }),
    clean: plan({ "docker_image.reg": { after: { name: "registry:3.1.2", keep_locally: true } } }),
  },
};
