import { Container } from "@cdktf/provider-docker/lib/container";
import { Image } from "@cdktf/provider-docker/lib/image";
import { Network } from "@cdktf/provider-docker/lib/network";
import { DockerProvider } from "@cdktf/provider-docker/lib/provider";
import { App, TerraformStack } from "cdktf";
import { DockerHost, PrivateRegistry } from "cdktf-private-registry";

const app = new App();
const stack = new TerraformStack(app, "platform");

// What the stack has already: two Docker hosts, a network, a service.
new DockerProvider(stack, "docker");
const build = new DockerProvider(stack, "build-host", { alias: "build", host: "ssh://deploy@build.example.com" });
const network = new Network(stack, "platform-network", { name: "platform", provider: build });
const runner = new Image(stack, "runner-image", { name: "gitlab/gitlab-runner:v18.5.0", provider: build });

// The registry goes to the build host. It keeps its own two networks and joins the stack's, where it is `build-registry:5000`.
const registry = new PrivateRegistry(stack, "build", {
  platform: new DockerHost({ provider: build }),
  dependsOn: [network],
  registry: { extraNetworks: [network.name], log: { fields: { service: "build-registry" } } },
});

// Every resource is there to be referred to.
new Container(stack, "runner", {
  name: "runner",
  image: runner.imageId,
  networksAdvanced: [{ name: network.name }],
  dependsOn: [registry.distribution.container],
  provider: build,
});

app.synth();
