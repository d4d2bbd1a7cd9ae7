import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";

test("Traefik's example names one router and the registry behind it", () => {
  const { http } = parse(readFileSync("examples/proxies/traefik.yaml", "utf8"));
  const router = http.routers.registry;
  expect(router.rule).toBe("Host(`registry.example.com`)");
  expect(router.middlewares).toBeUndefined();
  expect(http.services[router.service].loadBalancer.servers).toEqual([{ url: "http://production-registry:5000" }]);
});
