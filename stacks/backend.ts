import {
  AzurermBackend,
  GcsBackend,
  HttpBackend,
  LocalBackend,
  PgBackend,
  type PgBackendConfig,
  S3Backend,
  type TerraformStack,
} from "cdktf";
import type { Environment } from "../config";
import { pathFromStack } from "../constructs/values/local-path";

/** Where the stack's state lives. Credentials come from the backend's own variables, never from the file. */
export function addBackend(stack: TerraformStack, { name, state }: Environment): void {
  switch (state.backend) {
    case "local": {
      const path = state.path ?? `state/${name}.tfstate`;
      // Terraform keeps other workspaces' states where it runs, unless told: in the build folder, which is thrown away.
      const workspaceDir = `${path.replace(/\.tfstate$/, "")}.workspaces`;
      new LocalBackend(stack, { path: pathFromStack(stack, path), workspaceDir: pathFromStack(stack, workspaceDir) });
      return;
    }
    case "s3": {
      const { backend, lockFile, endpoint, forcePathStyle, ...options } = state;
      new S3Backend(stack, {
        ...options,
        ...(endpoint && { endpoints: { s3: endpoint } }),
        usePathStyle: forcePathStyle,
      });
      // Lock files came with Terraform 1.10; the bindings are older.
      stack.addOverride("terraform.backend.s3.use_lockfile", lockFile);
      return;
    }
    case "http": {
      const { backend, ...options } = state;
      new HttpBackend(stack, options);
      return;
    }
    case "pg": {
      const { backend, ...options } = state;
      // The connection string comes from PG_CONN_STR, which the bindings do not know.
      new PgBackend(stack, options as PgBackendConfig);
      return;
    }
    case "gcs": {
      const { backend, ...options } = state;
      new GcsBackend(stack, options);
      return;
    }
    case "azurerm": {
      const { backend, ...options } = state;
      new AzurermBackend(stack, options);
    }
  }
}
