import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { inFolder } from "../operations/in-folder";
import { runProgram } from "./fake-context";

inFolder();

describe("init", () => {
  test.each(["synth", "up lab", "bundle create"])("is what %s names in an empty folder", async (words) => {
    const { error } = await runProgram(...words.split(" "));
    expect(error).toMatchObject({
      message: expect.stringContaining("environments:1:1: must be a directory"),
      remedy: expect.stringMatching(/^private-registry init local writes it/),
    });
  });

  test.each([[["init", "lab"]], [["init", "--name", "lab"]]])("%j", async (args) => {
    const { out, err, error } = await runProgram(...args);
    expect(error).toBeUndefined();
    expect(out).toBe("environments/lab.yaml");
    expect(err).toBe("Next: private-registry doctor lab, then private-registry up lab");
    expect(existsSync("environments/lab.yaml")).toBe(true);
  });

  test("with a bucket of somebody else's", async () => {
    const s3 = ["--s3-bucket", "images", "--s3-region", "eu-central-1", "--s3-endpoint", "https://s3.example.com"];
    expect((await runProgram("init", "lab", ...s3)).error).toBeUndefined();
    expect(readFileSync("environments/lab.yaml", "utf8")).toMatch(
      /storage:\n {2}s3: .*\n {4}bucket: "images".*\n {4}region: "eu-central-1"\n {4}endpoint: "https:\/\/s3\.example\.com"\n$/,
    );
    expect((await runProgram("synth", "lab")).out).toMatch(/bucket images/);
  });

  test.each([
    ["--tls certificate --certificate a.pem", "--tls certificate needs --key", undefined],
    ["--tls lets-encrypt", "--tls lets-encrypt needs --email", undefined],
    ["--tls acme", "There is no --tls acme", "one of lets-encrypt, certificate, behind-proxy, none"],
  ])("%s is not enough", async (words, message, remedy) => {
    expect((await runProgram("init", "lab", ...words.split(" "))).error).toMatchObject({ message, remedy });
    expect(existsSync("environments/lab.yaml")).toBe(false);
  });

  test.each([
    ["--tls lets-encrypt --email a@example.com", "docker login hub.example.com", '"0.0.0.0"', 443],
    ["--tls certificate --certificate a.pem --key a.key", "docker login hub.example.com:5000", '"0.0.0.0"', 5000],
    ["--tls behind-proxy --url https://hub.example.com:8443", "docker login hub.example.com:8443", '"127.0.0.1"', 5000],
  ])("%s", async (words, login, address, port) => {
    expect((await runProgram("init", "lab", "--host", "hub.example.com", ...words.split(" "))).error).toBeUndefined();
    const text = readFileSync("environments/lab.yaml", "utf8");
    for (const part of [`# ${login}\n`, `address: ${address} #`, `port: ${port}\n`]) expect(text).toContain(part);
  });

  test("an endpoint without a bucket, and no name where nobody can be asked", async () => {
    expect((await runProgram("init", "lab", "--s3-endpoint", "https://x")).error).toMatchObject({
      message: "--s3-endpoint needs --s3-bucket",
    });
    expect((await runProgram("init")).error).toMatchObject({ remedy: expect.stringContaining("init NAME --help") });
  });
});
