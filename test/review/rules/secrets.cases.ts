import { plan, registry, rustfs } from "../builder";
import type { Cases } from "./cases";

const keys = ["k3yK3yK3yK3y77", "s3cretS3cretS3cret99"];
const env = (prefix: string, [access, secret]: string[]) => [
  `${prefix}_ACCESS_KEY=${access}`,
  `${prefix}_SECRET_KEY=${secret}`,
];

export const secretsCases: Cases = {
  "secret-in-env": {
    violating: plan({ "docker_container.store": { after: rustfs({ env: env("RUSTFS", keys) }) } }),
    clean: plan({ "docker_container.store": { after: rustfs({ env: ["RUSTFS_SECRET_KEY_FILE=/run/secrets/key"] }) } }),
  },
  "secret-in-command": {
    violating: plan({
      "docker_container.store": { after: rustfs({ command: ["server", "--secret-key", "s3cretS3cret77"] }) },
    }),
    clean: plan({
      "docker_container.store": { after: rustfs({ command: ["server", "--secret-key-file", "/run/secrets/key"] }) },
    }),
  },
  "secret-in-triggers": {
    violating: plan({ "terraform_data.config": { after: { triggers_replace: { "http.secret": "s3cretS3cret77" } } } }),
    clean: plan({ "terraform_data.config": { after: { triggers_replace: { "http.addr": ":5000" } } } }),
  },
  "default-credentials": {
    violating: plan({
      "docker_container.store": { after: rustfs({ env: env("RUSTFS", ["rustfsadmin", "rustfsadmin"]) }) },
    }),
    clean: plan({ "docker_container.store": { after: rustfs({ env: env("RUSTFS", keys) }) } }),
  },
  "shared-root-key": {
    violating: plan({
      "docker_container.store": { after: rustfs({ env: env("RUSTFS", keys) }) },
      "docker_container.reg": { after: registry({ env: ["REGISTRY_AUTH=x", ...env("AWS", keys)] }) },
    }),
    clean: plan({
      "docker_container.store": { after: rustfs({ env: env("RUSTFS", keys) }) },
      "docker_container.reg": {
        after: registry({ env: ["REGISTRY_AUTH=x", ...env("AWS", ["other0ther1", "different8888"])] }),
      },
    }),
  },
  "upload-secret-changed": {
    violating: plan({
      "docker_container.reg": {
        before: registry({ env: ["REGISTRY_HTTP_SECRET=first1st1"] }),
        after: registry({ env: ["REGISTRY_HTTP_SECRET=second2nd2"] }),
      },
    }),
    clean: plan({
      "docker_container.reg": {
        before: registry({ env: ["REGISTRY_HTTP_SECRET=first1st1"] }),
        after: registry({ env: ["REGISTRY_HTTP_SECRET=first1st1", "REGISTRY_LOG_LEVEL=warn"] }),
      },
    }),
  },
};
