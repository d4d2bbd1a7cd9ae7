import { DockerProvider } from "@cdktf/provider-docker/lib/provider";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { App, TerraformStack } from "cdktf";
import {
  KubernetesPlatform,
  PrivateRegistry,
  type PrivateRegistryProps,
  RegistryStorage,
  RegistryTls,
} from "cdktf-private-registry";

/** The registry, wherever it runs. */
const options: PrivateRegistryProps = {
  registry: {
    host: "registry.example.com",
    publish: { address: "all", port: 443 },
    tls: RegistryTls.certificate({ certificateFile: "tls/registry.pem", keyFile: "tls/registry.key" }),
  },
  storage: RegistryStorage.rustfs({ memoryMb: 4096 }),
};

const app = new App();

const host = new TerraformStack(app, "on-docker");
new DockerProvider(host, "docker", { host: "ssh://deploy@registry.example.com" });
new PrivateRegistry(host, "registry", options);

const cluster = new TerraformStack(app, "on-kubernetes");
new KubernetesProvider(cluster, "kubernetes", { configPath: "~/.kube/config", configContext: "production" });
new PrivateRegistry(cluster, "registry", {
  ...options,
  // Two registries behind a load balancer, four RustFS with a claim of 100 GiB each. The namespace exists already.
  platform: new KubernetesPlatform({ namespace: "images" }),
});

app.synth();
