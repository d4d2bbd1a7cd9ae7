import { setTimeout as sleep } from "node:timers/promises";
import { reason } from "../verify/check";
import { REPOSITORY } from "../verify/round-trip";
import { type Answer, header, type RegistryClient } from "./client";

export interface RepositoryStatus {
  readonly name: string;
  readonly tags: readonly string[];
}

/** What is kept in a registry: a list; or, where listing takes too long, how many there are; or why neither is known. */
export type Repositories =
  | readonly RepositoryStatus[]
  | { readonly counted: number /** Whether that is all of them. */; readonly complete: boolean }
  | { readonly unknown: string };

export interface ListOptions {
  /** Names that the registry gives at once; more are refused. */
  readonly pageSize: number;
  /** Stop after that, and say how far it came. @default - list everything, however long it takes */
  readonly boundMs?: number;
  /** Hears of each repository that holds something, in the order of their names, as soon as its tags are known. */
  readonly onListed?: (repository: RepositoryStatus) => void;
  /** Hears how many names are known, and of how many the tags are. */
  readonly onProgress?: (names: number, listed: number) => void;
}

const AT_ONCE = 8;

/**
 * Lists the repositories with their tags. Each has to be asked for its tags by itself, so with many of them only the bound
 * keeps somebody from waiting for minutes.
 * @param connect makes a client whose requests the signal ends
 */
export async function listRepositories(
  connect: (signal: AbortSignal) => RegistryClient,
  { boundMs, ...options }: ListOptions,
): Promise<Repositories> {
  const stop = new AbortController();
  const walk = new Walk(connect(stop.signal), options);
  const work = walk.run(boundMs !== undefined).then(
    () => walk.listed,
    (error) => ({ unknown: reason(error) }),
  );
  if (boundMs === undefined) return work;
  const timer = new AbortController();
  const late = sleep(boundMs, "late" as const, { signal: timer.signal }).catch(() => "late" as const);
  const first = await Promise.race([work, late]);
  timer.abort();
  if (first !== "late") return first;
  stop.abort();
  if (walk.names.length === 0) return { unknown: `counting takes longer than ${boundMs / 1000} s` };
  return { counted: walk.names.length, complete: walk.knowsAllNames };
}

/** How far a list came. */
class Walk {
  public readonly names: string[] = [];
  public knowsAllNames = false;
  private readonly tags = new Map<string, readonly string[]>();
  private readonly client: RegistryClient;
  private readonly options: Omit<ListOptions, "boundMs">;
  private told = 0;

  constructor(client: RegistryClient, options: Omit<ListOptions, "boundMs">) {
    this.client = client;
    this.options = options;
  }

  /** Those that hold something: a repository whose tags are all gone stays in the catalogue. */
  public get listed(): RepositoryStatus[] {
    return this.names.map((name) => ({ name, tags: this.tags.get(name) ?? [] })).filter(({ tags }) => tags.length > 0);
  }

  /** All names first, which a bound may cut short; or, where everything is listed, page by page, so that it is told as it goes. */
  public async run(isBounded: boolean): Promise<void> {
    const first = `/v2/_catalog?n=${this.options.pageSize}`;
    for await (const { repositories } of this.pages<{ repositories: string[] | null }>(first)) {
      const names = (repositories ?? []).filter((name) => name !== REPOSITORY);
      this.names.push(...names);
      this.options.onProgress?.(this.names.length, this.tags.size);
      if (!isBounded) await this.askForAllTags(names);
    }
    this.knowsAllNames = true;
    if (isBounded) await this.askForAllTags(this.names);
  }

  private async askForAllTags(names: readonly string[]): Promise<void> {
    const waiting = [...names];
    const ask = async (): Promise<void> => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) await this.askForTags(name);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, ask));
  }

  private async askForTags(name: string): Promise<void> {
    const tags: string[] = [];
    const first = `/v2/${name}/tags/list?n=${this.options.pageSize}`;
    for await (const page of this.pages<{ tags: string[] | null }>(first)) tags.push(...(page.tags ?? []));
    this.tags.set(name, tags);
    this.tell();
  }

  /** Several are asked at once and answer as they like; they are told in order. */
  private tell(): void {
    const { onListed, onProgress } = this.options;
    onProgress?.(this.names.length, this.tags.size);
    for (; this.told < this.names.length; this.told++) {
      const name = this.names[this.told] ?? "";
      const tags = this.tags.get(name);
      if (!tags) return;
      if (tags.length > 0) onListed?.({ name, tags });
    }
  }

  /** Lists come in pages, each with a link to the next. */
  private async *pages<T>(first: string): AsyncGenerator<T> {
    for (let target: string | undefined = first; target; ) {
      const answer: Answer = await this.client.request("GET", target);
      if (answer.status === 404) return;
      if (answer.status !== 200) throw new Error(`HTTP ${answer.status}`);
      yield JSON.parse(answer.body.toString("utf8")) as T;
      const next = /<([^>]+)>;\s*rel="?next/.exec(header(answer, "link") ?? "")?.[1];
      target = next && new URL(next, answer.url).href;
    }
  }
}
