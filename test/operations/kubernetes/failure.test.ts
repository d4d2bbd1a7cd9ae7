import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { isAbsent, kubernetesFailure, orNothing } from "../../../operations/kubernetes/failure";
import { makeCertificates } from "../../support/certificates";

const asked = { context: "here", namespace: "lab", server: "https://k8s.example.com" };
const refused = (code: number, message: string) =>
  Object.assign(new Error(`HTTP-Code: ${code}`), { code, body: JSON.stringify({ message }) });

afterEach(() => void vi.useRealTimers());

test("a login whose certificate has ended is told with the day", async () => {
  const { server } = await makeCertificates(mkdtempSync(join(tmpdir(), "certificates-")));
  const clientCertificate = readFileSync(server.certificate, "utf8");
  const failure = () => kubernetesFailure(refused(401, "Unauthorized"), { ...asked, clientCertificate });
  expect(failure().message).toMatch(/does not know who asks/);
  vi.useFakeTimers({ now: new Date("2126-01-01"), toFake: ["Date"] });
  expect(failure()).toMatchObject({
    message: expect.stringMatching(/^The certificate that context here logs in with ended on \d{4}-\d\d-\d\d$/),
    details: "Unauthorized",
  });
});

test("what the API server refuses is in its own words, and no matter of the connection", () => {
  expect(kubernetesFailure(refused(500, "etcd is ill"), asked).message).toBe("Kubernetes refuses (500): etcd is ill");
  expect(kubernetesFailure(refused(403, "quota exceeded"), asked).message).toBe(
    "Kubernetes, context here, forbids that: quota exceeded",
  );
});

test("what is not there is no error to who can do without", async () => {
  const absent = refused(404, 'pods "x" not found');
  expect(isAbsent(absent)).toBe(true);
  expect(await orNothing(Promise.reject(absent))).toBeUndefined();
  await expect(orNothing(Promise.reject(refused(500, "no")))).rejects.toThrow("HTTP-Code: 500");
});
