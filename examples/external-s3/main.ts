import { DockerProvider } from "@cdktf/provider-docker/lib/provider";
import { App, S3Backend, TerraformStack } from "cdktf";
import { PrivateRegistry, RegistryStorage, RegistryTls } from "cdktf-private-registry";

const app = new App();
const stack = new TerraformStack(app, "registry");
new S3Backend(stack, {
  bucket: "example-terraform-state",
  key: "registry.tfstate",
  region: "eu-central-1",
  encrypt: true,
});
new DockerProvider(stack, "docker", { host: "ssh://deploy@registry.example.com" });

new PrivateRegistry(stack, "registry", {
  registry: {
    host: "registry.example.com",
    publish: { address: "0.0.0.0", port: 443 },
    tls: RegistryTls.letsEncrypt({ email: "registry-admins@example.com", hosts: ["registry.example.com"] }),
  },
  // The bucket exists already. Leave `endpoint` out for Amazon.
  storage: RegistryStorage.s3({
    endpoint: "https://s3.example.com",
    region: "us-east-1",
    bucket: "example-images",
    rootDirectory: "registry",
  }),
});

app.synth();
