import { expect, test } from "vitest";
import { type Environment, parseEnvironment } from "../../../config";
import { Failure } from "../../../operations/failure";
import type { Runtime } from "../../../operations/runtime/runtime";
import { storageUsed } from "../../../operations/status/storage";

const environment = parseEnvironment("registry: { host: localhost }\n", "lab.yaml").environment as Environment;

const du = (kilobytes: number) => async () => ({ stdout: `${kilobytes}\t/data\n${kilobytes}\ttotal\n`, stderr: "" });
const away = async () => {
  throw new Failure("No pod of lab-rustfs runs");
};
const silent = async () => {
  throw new Error("no answer within 5 s: exec in pod lab-rustfs-1");
};
/** What `du` prints when `timeout` ended it. */
const cut = async () => ({ stdout: "12\t/data/one\n", stderr: "" });

type Server = Runtime["run"];

const runtimeOf = (servers: readonly Server[]) =>
  ({
    instances: async () => servers.map((_, n) => `lab-rustfs-${n}`),
    run: (name, ...rest) => (servers[Number(name.at(-1))] as Server)(name, ...rest),
  }) as Pick<Runtime, "instances" | "run"> as Runtime;

test.each<[string, Server[], object]>([
  ["all that answer are added up", [du(1), du(2), du(3), du(4)], { bytes: 10 * 1024 }],
  ["one that is away is told of", [du(1), away, du(3), du(4)], { bytes: 8 * 1024, part: "3 of 4" }],
  ["one that takes too long is told of", [du(1), silent, cut, du(4)], { bytes: 5 * 1024, part: "2 of 4" }],
  ["all are away", [away, away, away, away], { unknown: "RustFS does not run" }],
  ["none is there", [], { unknown: "RustFS does not run" }],
  ["all take too long", [silent, cut], { unknown: "measuring takes longer than 5 s" }],
])("of several servers %s", async (_, servers, used) => {
  expect(await storageUsed(runtimeOf(servers), environment, 5_000)).toEqual(used);
});
