import { createConnection, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runBucketJob } from "../support/bucket-job";
import { eventually, freePort, temporaryDirectory } from "../support/process";
import { PushedImages } from "../support/pushed-images";
import { basic } from "../support/registry-process";
import { describeUnless } from "../support/tools";
import { docker, Machine } from "./cli-machine";
import { findNeeds } from "./support/needs";

const [ONE, TWO, STORE] = ["two-one", "two-two", "two-store"];
const ALL = ["--grace", "0", "--delete-untagged", "--max-share", "100", "--yes"];
const KEYS = { accessKey: "TWOREGISTRIES", secretKey: "two/registries+0123456789" };

/** Gives each connection to the next server whose `/` answers, as a TCP balancer with a health check does. */
class Balancer {
  private readonly server: Server;
  private readonly timer: NodeJS.Timeout;
  private alive: readonly number[];
  private turn = 0;

  constructor(ports: readonly number[]) {
    this.alive = ports;
    this.server = createServer((client) => this.pass(client));
    this.timer = setInterval(async () => {
      const answers = await Promise.all(ports.map(isAlive));
      this.alive = ports.filter((_, index) => answers[index]);
    }, 200);
  }

  public listen(port: number): Promise<void> {
    return new Promise((resolve) => this.server.listen(port, "127.0.0.1", resolve));
  }

  public close(): void {
    clearInterval(this.timer);
    this.server.close();
  }

  private pass(client: Socket): void {
    const port = this.alive[this.turn++ % this.alive.length];
    if (port === undefined) return void client.destroy();
    const server = createConnection(port, "127.0.0.1", () => client.pipe(server).pipe(client));
    server.on("error", () => client.destroy());
    client.on("error", () => server.destroy());
  }
}

/** The Docker host's address that containers of every network reach. An engine that was never restarted may not tell it. */
async function bridgeAddress(): Promise<string> {
  const [range] = JSON.parse(await docker("network", "inspect", "bridge", "-f", "{{json .IPAM.Config}}"));
  return range.Gateway ?? range.Subnet.replace(/\d+\/\d+$/, "1");
}

/** Distribution answers `/` without a password, and not by 200 when its storage fails. */
async function isAlive(port: number): Promise<boolean> {
  const signal = AbortSignal.timeout(1_000);
  return fetch(`http://127.0.0.1:${port}/`, { signal }).then(
    ({ ok }) => ok,
    () => false,
  );
}

describe("two registries on one storage, as on two hosts", async () => {
  const needs = await findNeeds();

  describeUnless(needs.missing, "on Docker Engine, by Terraform, with RustFS elsewhere", () => {
    const path = temporaryDirectory();
    let machine: Machine;
    let balancer: Balancer;
    let images: PushedImages;
    let ports: readonly number[];

    beforeAll(async () => {
      const [port, one, two, s3] = [await freePort(), await freePort(), await freePort(), await freePort()];
      ports = [one, two];
      const host = await bridgeAddress();
      const root = [`RUSTFS_ACCESS_KEY=${KEYS.accessKey}`, `RUSTFS_SECRET_KEY=${KEYS.secretKey}`];
      const variables = root.flatMap((variable) => ["--env", variable]);
      await docker("run", "-d", "--name", STORE, "-p", `${host}:${s3}:9000`, ...variables, needs.images.rustfs);
      const endpoint = `http://${host}:${s3}`;
      const bucket = { endpoint, bucket: "images", rootKeys: KEYS, incompleteUploadDays: 0 };
      expect(await runBucketJob(bucket, path())).toMatchObject({ code: 0 });

      machine = new Machine(needs);
      const more = {
        registry: { cache: { type: "none" } },
        storage: { s3: { endpoint, region: "us-east-1", bucket: "images" } },
      };
      machine.write(ONE, one, more);
      machine.write(TWO, two, more);
      for (const [name, value] of [
        ["registry_s3_access_key", KEYS.accessKey],
        ["registry_s3_secret_key", KEYS.secretKey],
      ] as const) {
        const { code } = await machine.run(["secrets", "set", ONE, name, "--stdin"], { input: value });
        expect(code).toBe(0);
      }
      await machine.expectCode(0, "up", ONE, "--yes");
      const exported = await machine.run(["secrets", "export", ONE]);
      expect(await machine.run(["secrets", "import", TWO], { input: exported.stdout })).toMatchObject({ code: 0 });
      await machine.expectCode(0, "up", TWO, "--yes");
      const [user = "", password = ""] = (await machine.run(["secrets", "show", ONE])).stdout.trim().split(" ");
      balancer = new Balancer(ports);
      await balancer.listen(port);
      images = new PushedImages(() => `http://localhost:${port}`, basic(user, password));
    });
    afterAll(async () => {
      balancer?.close();
      await machine?.remove(ONE, TWO);
      await docker("rm", "-fv", STORE);
    });

    test("an upload that begins at one is continued at the other, and what one takes both serve", async () => {
      // Each request has a connection of its own, and goes to the other registry than the one before.
      for (let n = 0; n < 5; n++) await images.image("team/app", `v${n}`, [`layer ${n}`, "shared"]);
      for (let n = 0; n < 5; n++) {
        expect(await images.pull("team/app", `v${n}`)).toEqual([]);
        expect(await images.pull("team/app", `v${n}`)).toEqual([]);
      }
    });

    test("what one deletes is gone at both", async () => {
      const { digest } = await images.image("team/app", "going", ["going"]);
      await images.delete("team/app", digest);
      for (let n = 0; n < 4; n++) expect(await images.pull("team/app", digest)).toEqual([`team/app:${digest} 404`]);
    });

    test("a collection makes both read-only, loses nothing, and gives both back", async () => {
      const started = () => docker("inspect", "-f", "{{.State.StartedAt}}", `${ONE}-registry`, `${TWO}-registry`);
      const before = await started();
      const said = await machine.expectCode(0, "gc", ONE, ...ALL);
      expect(said).toMatch(/verify +\d+ passed, 0 failed/);
      const after = (await started()).split("\n");
      expect(after.filter((line, index) => line !== before.split("\n")[index])).toHaveLength(2);
      for (let n = 0; n < 5; n++) expect(await images.pull("team/app", `v${n}`)).toEqual([]);
      await images.image("team/app", "after", ["after"]);
      expect(await machine.expectCode(0, "plan", TWO)).toContain("no changes");
    });

    test("one goes down in the middle of pushes: each push ends at its second attempt, and nothing is lost", async () => {
      const pushed: string[] = [];
      const pushing = (async () => {
        for (let n = 0; n < 30; n++) {
          const push = () => images.image("team/app", `f${n}`, [`failing ${n}`]);
          // A client tries again; by then the balancer has noticed.
          await push().catch(() => sleep(1_000).then(push));
          pushed.push(`f${n}`);
        }
      })();
      await eventually("some are pushed", async () => pushed.length > 5, 60_000);
      await docker("kill", `${ONE}-registry`);
      await pushing;
      await eventually("the balancer knows", async () => !(await isAlive(ports[0] as number)));
      for (const tag of pushed) expect(await images.pull("team/app", tag)).toEqual([]);
    });

    test("while one is down, the other is not collected", async () => {
      const said = await machine.expectCode(1, "gc", TWO, "--yes");
      expect(said).toContain(`${TWO} and ${ONE} keep their images in the same place`);
      await machine.expectCode(0, "up", ONE, "--yes");
      await machine.expectCode(0, "gc", TWO, "--yes");
    });
  });
});
