import { describe, expect, test } from "vitest";
import { PrivateRegistry, type PrivateRegistryProps, RegistryTls } from "../../../constructs";
import { RecordingPlatform } from "../../support/recording-platform";
import { synthesize } from "../../support/synth";

function make(props: PrivateRegistryProps) {
  const platform = new RecordingPlatform();
  let registry: PrivateRegistry | undefined;
  synthesize((scope) => {
    registry = new PrivateRegistry(scope, "team", { platform, ...props });
  });
  const page = platform.services["team-ui"];
  const file = (name: string) => page?.files?.find(({ path }) => path.endsWith(name))?.content ?? "";
  return { platform, registry, page, nginx: file("nginx.conf"), html: file("index.html") };
}

describe("RegistryUi", () => {
  test("is not there unless it is asked for", () => {
    const { platform, registry } = make({});
    expect(Object.keys(platform.services)).not.toContain("team-ui");
    expect(platform.images.join()).not.toContain("ui");
    expect(registry?.containerNames).not.toContain("team-ui");
  });

  test("is on loopback, on the edge network, and holds no secret", () => {
    const { page, registry } = make({ ui: {} });
    expect(page).toMatchObject({
      ports: [{ port: 8080, published: { address: "127.0.0.1", port: 8080 } }],
      user: "101:101",
      memoryMb: 64,
    });
    expect(page?.networks).toHaveLength(1);
    expect(page?.environment).toBeUndefined();
    expect(page?.mounts).toBeUndefined();
    expect(page?.files?.map(({ path }) => path)).toEqual([
      "/etc/private-registry/nginx.conf",
      "/etc/private-registry/ui/index.html",
    ]);
    expect(registry?.ui?.url).toBe("http://localhost:8080");
    expect(registry?.containerNames).toContain("team-ui");
  });

  test("passes on what shows, and what deletes a manifest when that is asked for", () => {
    expect(make({ ui: {} }).nginx).not.toContain("DELETE");
    expect(make({ ui: {} }).html).toContain('is-image-remove-activated="false"');
    const { nginx, html } = make({ ui: { delete: true } });
    expect(nginx).toContain('"~^DELETE /v2/.+/manifests/[^/]+$" 0;');
    expect(html).toContain('is-image-remove-activated="true"');
  });

  test("asks the registry in its container, and shows the address that clients use", () => {
    const { nginx, html } = make({ ui: {}, registry: { publish: { port: 5443 } } });
    expect(nginx).toContain("set $registry http://team-registry:5000;");
    expect(nginx).toContain("X-Forwarded-For $remote_addr;");
    expect(html).toContain('pull-url="localhost:5443"');
    expect(html).toContain('docker-registry-ui-title="localhost:5443"');
  });

  test("has the registry's address before images' names, whatever the page is called", () => {
    const { html } = make({ ui: { title: "Team" } });
    expect(html).toContain('docker-registry-ui-title="Team" name="localhost:5000" pull-url="localhost:5000"');
  });

  test("shows no digest: of an image for several platforms it would be that of the first", () => {
    expect(make({ ui: {} }).html).toContain('show-content-digest="false"');
  });

  test("writes a title as text", () => {
    const { html } = make({ ui: { title: 'A & "B" <script>' } });
    expect(html).toContain("<title>A &#38; &#34;B&#34; &#60;script&#62;</title>");
    expect(html).not.toContain("<script>");
  });

  test("joins the proxy's network, where no port is published", () => {
    const tls = RegistryTls.behindProxy({ url: "https://registry.example.com", network: "front" });
    const { page, nginx, registry } = make({ ui: {}, registry: { host: "registry.example.com", tls } });
    expect(page?.ports?.[0]?.published).toBeUndefined();
    expect(page?.networks).toContainEqual({ id: "front" });
    expect(nginx).toContain("X-Forwarded-Proto $http_x_forwarded_proto;");
    expect(nginx).not.toContain("ssl_certificate");
    expect(registry?.ui?.url).toBeUndefined();
  });

  test("gets tokens at the page's own origin where rights are by tokens, and has nobody in who has not logged in", () => {
    expect(make({ ui: {} }).nginx).not.toContain("/auth");
    const access = { rules: [{ repository: "**", who: ["anyone"], may: ["pull"] }] } as const;
    const { nginx } = make({ ui: {}, access, registry: { publish: { port: 5443 } } });
    expect(nginx).toContain("set $tokens http://team-token:5001;");
    expect(nginx).toContain('if ($http_authorization = "") {');
    expect(nginx).toContain("proxy_hide_header WWW-Authenticate;");
    const found = /"~(\^Bearer .*)" '(.*)';/.exec(nginx);
    const challenge = 'Bearer realm="http://localhost:5001/auth",service="localhost:5443",scope="registry:catalog:*"';
    const [, expression = "", answer = ""] = found ?? [];
    const rest = new RegExp(expression.replaceAll('\\"', '"')).exec(challenge)?.groups?.rest ?? "";
    expect(answer.replace("$rest", rest)).toBe(
      'Bearer realm="/auth",service="localhost:5443",scope="registry:catalog:*"',
    );
  });

  test.each([
    [{ ui: { publish: { port: 0 } } }, "ui.publish.port"],
    [{ ui: { title: "" } }, "ui.title"],
    [{ ui: { memoryMb: 8 } }, "ui.memoryMb"],
    [{ ui: { publish: { port: 8080, address: "0.0.0.0" } } }, "ui.publish.address"],
    [{ ui: { delete: true }, registry: { delete: false } }, "ui.delete"],
  ] as const)("refuses %j", (props, option) => {
    expect(() => make(props)).toThrow(`'${option}'`);
  });
});
