import { DockerProvider } from "@cdktf/provider-docker/lib/provider";
import { App, TerraformOutput, TerraformStack } from "cdktf";
import { PrivateRegistry, RegistryTls } from "cdktf-private-registry";

const app = new App();
const stack = new TerraformStack(app, "registry");
new DockerProvider(stack, "docker");

// The proxy is a container on the network `web`, which exists. It ends TLS and forwards to http://registry-registry:5000;
// nothing is published on the host.
const registry = new PrivateRegistry(stack, "registry", {
  registry: {
    host: "registry.example.com",
    tls: RegistryTls.behindProxy({ url: "https://registry.example.com", network: "web" }),
  },
});

new TerraformOutput(stack, "login", { value: registry.loginCommand });
app.synth();
