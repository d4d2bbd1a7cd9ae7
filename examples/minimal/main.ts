import { DockerProvider } from "@cdktf/provider-docker/lib/provider";
import { App, TerraformOutput, TerraformStack } from "cdktf";
import { PrivateRegistry } from "cdktf-private-registry";

const app = new App();
const stack = new TerraformStack(app, "registry");
new DockerProvider(stack, "docker");

// Without options: localhost:5000 on loopback, RustFS beside it, data on a protected volume.
const registry = new PrivateRegistry(stack, "registry");

new TerraformOutput(stack, "login", { value: registry.loginCommand });
app.synth();
