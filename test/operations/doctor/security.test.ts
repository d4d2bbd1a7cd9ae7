import { expect, test } from "vitest";
import type { Environment } from "../../../config";
import { connectDocker } from "../../../operations/docker/docker";
import { checkSecurity } from "../../../operations/doctor/security";
import { engineOf, engineSocket } from "../../support/engine-socket";

const environment = (port: number, directories?: string[]) =>
  ({ name: "lab", registry: { publish: { port } }, storage: { rustfs: { directories } } }) as unknown as Environment;

const look = async (options: string[] | undefined, described: Environment) => {
  const host = await engineSocket((path, request, response) =>
    path.startsWith("/info") ? { SecurityOptions: options } : engineOf("29.7.2")(path, request, response),
  );
  return checkSecurity(await connectDocker({ host }, {}), described);
};

const USUAL = ["name=seccomp,profile=default", "name=apparmor", "name=cgroupns"];

test.each([undefined, [], USUAL])("%j: nothing to say", async (options) => {
  expect(await look(options, environment(443, ["/srv/a"]))).toMatchObject({ status: "passed", detail: undefined });
});

test.each<[string, number, string[] | undefined, RegExp]>([
  [
    "name=rootless",
    443,
    undefined,
    /^port 443 is the system's: sudo sysctl -w net\.ipv4\.ip_unprivileged_port_start=443/,
  ],
  ["name=rootless", 5000, ["/srv/a"], /chown -v \/srv\/a:\/d registry:3 10001:10001 \/d$/],
  ["name=userns", 443, ["/srv/a", "/srv/b"], /-v \/srv\/a:\/d .*; .*-v \/srv\/b:\/d /],
  ["name=selinux", 443, ["/srv/a"], /^directories need a label: sudo chcon -Rt container_file_t \/srv\/a$/],
])("%s with port %s and directories %j", async (option, port, directories, remedy) => {
  expect(await look([...USUAL, option], environment(port, directories))).toMatchObject({
    status: "warning",
    remedy: expect.stringMatching(remedy),
  });
});

test.each(["name=rootless", "name=userns", "name=selinux"])("%s, and nothing in the file minds", async (option) => {
  expect(await look([option], environment(5000))).toMatchObject({
    status: "passed",
    detail: expect.stringMatching(/nothing in lab minds/),
  });
});
