import { describe, expect, test } from "vitest";
import type { Environment } from "../../../config";
import { connectDocker } from "../../../operations/docker/docker";
import { checkDirectories } from "../../../operations/doctor/directories";
import { checkSecurity } from "../../../operations/doctor/security";
import { engineOf, engineSocket } from "../../support/engine-socket";

const environment = (port: number, directories?: string[]) =>
  ({ name: "lab", registry: { publish: { port } }, storage: { rustfs: { directories } } }) as unknown as Environment;

interface Info {
  readonly SecurityOptions?: string[];
  readonly DockerRootDir?: string;
  readonly MemoryLimit?: boolean;
}

const engine = async (info: Info) => {
  const host = await engineSocket((path, request, response) =>
    path.startsWith("/info") ? info : engineOf("29.7.2")(path, request, response),
  );
  return connectDocker({ host }, {});
};

const USUAL = ["name=seccomp,profile=default", "name=apparmor", "name=cgroupns"];
const ROOTLESS = { SecurityOptions: [...USUAL, "name=rootless"], DockerRootDir: "/home/ada/.local/share/docker" };
const REMAPPED = { SecurityOptions: [...USUAL, "name=userns"], DockerRootDir: "/var/lib/docker/200000.200001" };

describe("checkSecurity", () => {
  const look = async (info: Info, described: Environment, lowestOpen?: number) =>
    checkSecurity(await engine(info), described, () => lowestOpen);

  test.each([undefined, [], USUAL])("%j: nothing to say", async (SecurityOptions) => {
    expect(await look({ SecurityOptions, MemoryLimit: true }, environment(443, ["/srv/a"]))).toMatchObject({
      status: "passed",
      detail: undefined,
    });
  });

  test.each<[Info, number, number | undefined, RegExp]>([
    [
      ROOTLESS,
      443,
      1024,
      /^port 443 is root's; .*ip_unprivileged_port_start=443 \| sudo tee .*; or publish one from 1024$/,
    ],
    [ROOTLESS, 443, undefined, /or publish one from 1024$/],
    [ROOTLESS, 80, 443, /_start=80 .*from 443$/],
    [
      { SecurityOptions: ["name=selinux"] },
      443,
      1024,
      /^directories need a label, .*: sudo chcon -Rt container_file_t \/srv\/a$/,
    ],
    [
      { ...ROOTLESS, MemoryLimit: false },
      5000,
      1024,
      /^this engine limits no memory.* Rootless engines need cgroup v2/,
    ],
    [{ MemoryLimit: false }, 443, 1024, /^this engine limits no memory/],
  ])("%j with port %i, ports open to all from %s", async (info, port, lowestOpen, remedy) => {
    expect(await look(info, environment(port, ["/srv/a"]), lowestOpen)).toMatchObject({
      status: "warning",
      remedy: expect.stringMatching(remedy),
    });
  });

  test.each<[Info, number, number]>([
    [ROOTLESS, 5000, 1024],
    [ROOTLESS, 443, 80],
    [REMAPPED, 443, 1024],
    [{ SecurityOptions: ["name=selinux"] }, 443, 1024],
  ])("%j with port %i, ports open to all from %i: nothing in the file minds", async (info, port, lowestOpen) => {
    expect(await look(info, environment(port), lowestOpen)).toMatchObject({
      status: "passed",
      detail: expect.stringMatching(/nothing in lab minds/),
    });
  });
});

describe("checkDirectories", () => {
  const look = async (info: Info, owners: Record<string, number | undefined>, subordinate?: number) =>
    checkDirectories(
      await engine(info),
      environment(5000, Object.keys(owners)),
      (path) => owners[path],
      () => subordinate,
    );

  // Each was seen on Docker Engine 29: what `chown` from a container of the remapped engine refuses, `sudo chown` does.
  test.each<[string, Info, number | undefined, number]>([
    ["an engine as usual", {}, undefined, 10_001],
    ["users remapped", REMAPPED, undefined, 210_001],
    ["rootless", ROOTLESS, 100_000, 110_000],
  ])("%s: whom a directory must belong to", async (_, info, subordinate, uid) => {
    expect(await look(info, { "/srv/a": uid }, subordinate)).toEqual({ status: "passed", detail: `uid ${uid}` });
    expect(await look(info, { "/srv/a": uid, "/srv/b": 0 }, subordinate)).toMatchObject({
      status: "warning",
      detail: expect.stringMatching(/^\/srv\/b belongs to uid 0; RustFS runs as uid 10001/),
      remedy: `sudo chown -R ${uid}:${uid} /srv/b`,
    });
  });

  test("one that is not there", async () => {
    expect(await look({}, { "/srv/a b": undefined })).toMatchObject({
      status: "warning",
      remedy: "sudo mkdir -p '/srv/a b' && sudo chown -R 10001:10001 '/srv/a b'",
    });
  });

  test("rootless, with a range that is not known: a container of it knows", async () => {
    expect(await look(ROOTLESS, { "/srv/a": 1000 })).toMatchObject({
      status: "warning",
      remedy: expect.stringMatching(
        /^docker --host unix:\/\/\S+ run --rm --user 0 --entrypoint chown -v \/srv\/a:\/d\/0 registry:3\.\S+ -R 10001:10001 \/d$/,
      ),
    });
  });

  test("of another machine it is only said", async () => {
    const far = { ...(await engine(REMAPPED)), isLocal: false };
    expect(await checkDirectories(far, environment(5000, ["/srv/a"]))).toEqual({
      status: "skipped",
      detail: "of the Docker host; there: sudo chown -R 210001:210001 /srv/a",
    });
  });
});
