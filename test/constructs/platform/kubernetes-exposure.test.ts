import { App, TerraformStack, Testing } from "cdktf";
import { describe, expect, test } from "vitest";
import { RegistryTls } from "../../../constructs";
import { exposeService } from "../../../constructs/platform/kubernetes-exposure";
import { built, type Json, objects, problems } from "./kubernetes-stack";

describe("clients get in", () => {
  const open = { host: "registry.example.com", publish: { address: "all", port: 443 } };
  const certificate = RegistryTls.certificate({ certificateFile: "c.pem", keyFile: "k.pem" });
  const service = (stack: Json) => objects(stack, "service").registry.spec;

  test("nowhere by default but in the namespace", () => {
    const stack = built();
    expect(service(stack)).toMatchObject({ type: "ClusterIP", port: [{ port: 5000, target_port: "5000" }] });
    expect(objects(stack, "network_policy")["lab-registry"].spec.ingress[0].from).toEqual([{ pod_selector: {} }]);
  });

  test("by a load balancer, from its ranges", () => {
    const { spec } = objects(
      built(
        { expose: { sourceRanges: ["10.0.0.0/8"], annotations: { "example.com/internal": "true" } } },
        { registry: { ...open, tls: certificate } },
      ),
      "service",
    ).registry;
    expect(spec).toMatchObject({
      type: "LoadBalancer",
      load_balancer_source_ranges: ["10.0.0.0/8"],
      port: [{ port: 443, target_port: "5000" }],
    });
  });

  test("by a port of every node", () => {
    const registry = { ...open, tls: certificate };
    expect(service(built({ expose: { by: "node-port", nodePort: 30443 } }, { registry }))).toMatchObject({
      type: "NodePort",
      port: [{ port: 443, node_port: 30443 }],
    });
    expect(problems({ expose: { by: "node-port" } }, { registry })).toEqual(["registry.publish.port"]);
    const publish = { address: "all", port: 30500 };
    expect(service(built({ expose: { by: "node-port" } }, { registry: { ...registry, publish } })).port).toMatchObject([
      { port: 30500, node_port: 30500 },
    ]);
  });

  test("by an Ingress, which ends TLS", () => {
    const tls = RegistryTls.behindProxy({ url: "https://registry.example.com" });
    const registry = { host: "registry.example.com", tls, publish: { port: 8443 } };
    const stack = built({ expose: { by: "ingress", className: "nginx", tlsSecretName: "cert" } }, { registry });
    expect(service(stack).type).toBe("ClusterIP");
    expect(objects(stack, "ingress").registry.spec).toMatchObject({
      ingress_class_name: "nginx",
      tls: [{ hosts: ["registry.example.com"], secret_name: "cert" }],
      rule: [
        {
          host: "registry.example.com",
          http: {
            path: [
              { path: "/", path_type: "Prefix", backend: { service: { name: "registry", port: { number: 8443 } } } },
            ],
          },
        },
      ],
    });
    expect(objects(stack, "network_policy")["lab-registry"].spec.ingress[0].from).toBeUndefined();
    expect(problems({ expose: { by: "ingress" } })).toEqual(["registry.tls"]);
  });

  test("never at one address of a host", () => {
    expect(
      problems({}, { registry: { ...open, publish: { address: "10.0.0.5", port: 443 }, tls: certificate } }),
    ).toContain("registry.publish.address");
  });
});

test("a Service leads to the pods of its name", () => {
  const services = objects(built(), "service");
  expect(Object.keys(services).sort()).toEqual(["lab-rustfs", "registry", "rustfs"]);
  expect(services.registry.spec.selector).toEqual({ "app.kubernetes.io/name": "lab-registry" });
  expect(services.rustfs.spec).toMatchObject({
    ...{ type: "ClusterIP", selector: { "app.kubernetes.io/name": "lab-rustfs" } },
    port: [{ port: 9000, target_port: "9000" }],
  });
  expect(services["lab-rustfs"].spec).toMatchObject({
    selector: { "app.kubernetes.io/name": "lab-rustfs" },
    port: [{ port: 9000, target_port: "9000" }],
  });
  // Not every cluster has who gives addresses; an apply would wait for ever.
  for (const one of Object.values(services)) expect(one.wait_for_load_balancer).toBe(false);
});

describe("an open Service", () => {
  const tls = RegistryTls.certificate({ certificateFile: "c.pem", keyFile: "k.pem" });
  const registry = { host: "registry.example.com", publish: { address: "all", port: 443 }, tls };
  const annotations = { "example.com/internal": "true" };

  test("has its annotations, which one of the namespace alone does not need", () => {
    expect(objects(built({ expose: { annotations } }, { registry }), "service").registry.metadata.annotations).toEqual(
      annotations,
    );
    expect(objects(built({ expose: { annotations } }), "service").registry.metadata.annotations).toBeUndefined();
  });

  test("lets clients of everywhere through to the registry, and to nothing else", () => {
    const stack = built({}, { registry });
    const policy = objects(stack, "network_policy")["lab-registry"].spec;
    const open = policy.ingress.filter(({ from }: Json) => from === undefined);
    expect(open.map(({ ports }: Json) => ports)).toEqual([[{ port: "5000", protocol: "TCP" }]]);
    expect(objects(stack, "service").registry.spec.port.map(({ port }: Json) => port)).toEqual([443]);
    expect(objects(stack, "network_policy")["lab-rustfs"].spec.ingress).toHaveLength(1);
  });

  test("takes the registry's own port of the nodes, where it is one", () => {
    const own = { ...registry, publish: { address: "all", port: 30443 } };
    const { port } = objects(built({ expose: { by: "node-port" } }, { registry: own }), "service").registry.spec;
    expect(port).toMatchObject([{ port: 30443, target_port: "5000" }]);
  });

  test("is none behind an Ingress, which has the annotations", () => {
    const proxied = { host: "registry.example.com", publish: { port: 8443 } };
    const behind = RegistryTls.behindProxy({ url: "https://registry.example.com" });
    const own = { ...annotations, "nginx.ingress.kubernetes.io/proxy-read-timeout": "60" };
    const stack = built({ expose: { by: "ingress", annotations: own } }, { registry: { ...proxied, tls: behind } });
    expect(objects(stack, "ingress").registry.metadata.annotations).toEqual({
      "nginx.ingress.kubernetes.io/proxy-body-size": "0",
      "nginx.ingress.kubernetes.io/proxy-request-buffering": "off",
      "nginx.ingress.kubernetes.io/proxy-send-timeout": "900",
      ...own,
    });
    expect(objects(stack, "ingress").registry.wait_for_load_balancer).toBe(false);
    expect(objects(stack, "ingress").registry.depends_on).toEqual([
      expect.stringMatching(/^kubernetes_service_v1\..*distribution/),
    ]);
    expect(objects(stack, "service").registry.spec.type).toBe("ClusterIP");
  });

  test("has no port that only the namespace is to reach, such as one for metrics", () => {
    const portsOf = (address: string) => {
      const scope = new TerraformStack(new App({ stackTraces: false }), "test");
      const ports = [{ port: 5000, published: { address, port: 443 } }, { port: 5001 }];
      const spec = { name: "lab-registry", component: "distribution", ports };
      exposeService(scope, "registry", spec as never, { namespace: "images", expose: {} });
      const { resource } = JSON.parse(Testing.synth(scope));
      const [service] = Object.values(resource.kubernetes_service_v1) as Json[];
      return service.spec.port.map(({ port }: Json) => port);
    };
    expect(portsOf("all")).toEqual([443]);
    expect(portsOf("127.0.0.1")).toEqual([443, 5001]);
  });
});
