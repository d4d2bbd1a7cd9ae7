import { DockerProvider } from "@cdktf/provider-docker/lib/provider";
import { App, TerraformStack } from "cdktf";
import { PrivateRegistry, RegistryStorage } from "cdktf-private-registry";

const app = new App();
const stack = new TerraformStack(app, "registry");
new DockerProvider(stack, "docker");

// The company's own images, with push.
new PrivateRegistry(stack, "registry");

// Docker Hub's images, fetched on the first pull and kept. A cache takes no pushes, so it is a registry of its own.
new PrivateRegistry(stack, "hub-cache", {
  // The two share a stack; the second one's secrets need names of their own.
  variablePrefix: "hub_cache_",
  registry: {
    publish: { port: 5001 },
    proxy: { remoteUrl: "https://registry-1.docker.io" },
  },
  storage: RegistryStorage.rustfs({ bucket: "hub-cache", volume: { protect: false } }),
});

app.synth();
