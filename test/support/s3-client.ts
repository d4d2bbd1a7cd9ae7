import { connect } from "node:net";
import { onTestFinished } from "vitest";
import type { S3Keys } from "../../constructs";
import type { StorageAccess } from "../../operations/storage/access";
import { S3Client } from "../../operations/storage/s3-client";
import { TunnelAgent } from "../../operations/storage/tunnel-agent";

/** A client of a server that this machine reaches by itself, until the test is over. */
export function directClient(endpoint: string, keys: S3Keys, more: Partial<StorageAccess> = {}): S3Client {
  const url = new URL(endpoint);
  const place = { bucket: "registry", pathStyle: true, region: "us-east-1", root: "docker/registry/v2/" };
  const agent = new TunnelAgent(async (host, port) => connect(port, host), url, more.tls);
  const client = new S3Client({ url, ...place, ...keys, ...more }, agent, { environment: "local", backoffMs: 10 });
  onTestFinished(() => client.close());
  return client;
}

/** Everything that comes. */
export async function everyOne<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of items) found.push(one);
  return found;
}
