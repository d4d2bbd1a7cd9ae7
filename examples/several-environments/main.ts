import { DockerProvider } from "@cdktf/provider-docker/lib/provider";
import { App, TerraformStack } from "cdktf";
import { PrivateRegistry, type PrivateRegistryProps, RegistryStorage, RegistryTls } from "cdktf-private-registry";
import type { Construct } from "constructs";

interface TeamRegistryProps {
  readonly dockerHost?: string;
  readonly registry: PrivateRegistryProps;
}

/** What every environment of this company has in common; a stack each, so that one plan never touches another. */
class TeamRegistry extends TerraformStack {
  constructor(scope: Construct, id: string, props: TeamRegistryProps) {
    super(scope, id);
    new DockerProvider(this, "docker", { host: props.dockerHost });
    new PrivateRegistry(this, "registry", {
      // Docker objects are called <name>-<noun>: two environments may share a host.
      name: id,
      labels: { "com.example.environment": id },
      ...props.registry,
    });
  }
}

const app = new App();
new TeamRegistry(app, "registry-dev", {
  registry: { registry: { publish: { port: 5000 } }, storage: RegistryStorage.rustfs({ volume: { protect: false } }) },
});
new TeamRegistry(app, "registry-staging", { registry: { registry: { publish: { port: 5001 } } } });
new TeamRegistry(app, "registry-production", {
  dockerHost: "ssh://deploy@registry.example.com",
  registry: {
    registry: {
      host: "registry.example.com",
      publish: { address: "0.0.0.0", port: 443 },
      tls: RegistryTls.certificate({ certificateFile: "tls/registry.pem", keyFile: "tls/registry.key" }),
    },
    storage: RegistryStorage.rustfs({ memoryMb: 4096 }),
  },
});
app.synth();
