import { Findings } from './findings.ts';
import { judgeOrphan, judgeUser, type UserRow } from './judge.ts';
import { joinWalks, type Walk } from './walk.ts';
import { findRepeated, type Queryable, readUsers, walkPage } from './walk-statements.ts';

export interface ChunkOptions {
  /** Users and entries with `after` < user id <= `upTo` are checked, as far as `usersMax` users reach. */
  readonly after: string;
  readonly upTo: string;
  readonly usersMax: number;
  /** Entries walked over in one statement. */
  readonly pageEntries: number;
  readonly findingsMax: number;
  /** Ends the check after the first user with a finding. */
  readonly stopsAtFinding: boolean;
  /** Told after every page how many entries of the chunk are done. */
  readonly onPage?: (entries: number) => void;
}

export interface ChunkResult {
  readonly users: number;
  readonly entries: number;
  readonly findings: Findings;
  /** The chunk ends with this id; null when nothing is left up to `upTo`. */
  readonly lastId: string | null;
}

/** Below every id and version. */
export const BELOW_ALL = String(-(2n ** 63n));
/** Above every id and version. */
export const ABOVE_ALL = String(2n ** 63n - 1n);

/**
 * Checks one range of users and all entries in that range, on the one snapshot that the caller holds.
 *
 * Memory is bounded by the users of the chunk, whatever entries they have: a page of entries comes back as one walk per
 * user, and the walk that a page may have cut off waits for the next page.
 */
export async function checkChunk(client: Queryable, options: ChunkOptions): Promise<ChunkResult> {
  const users = await readUsers(client, options.after, options.upTo, options.usersMax);
  const lastUser = users.length < options.usersMax ? undefined : users.at(-1);
  const chunk = new Chunk(client, users, options);
  await chunk.walkTo(lastUser?.id ?? options.upTo);
  return { ...chunk.counts, findings: chunk.findings, lastId: lastUser?.id ?? null };
}

class Chunk {
  readonly findings: Findings;
  readonly #client: Queryable;
  readonly #options: ChunkOptions;
  /** Users without a verdict yet. */
  readonly #open: Map<string, UserRow>;
  #users = 0;
  #entries = 0;
  /** The walk that may go on with the next page, and whether it came from several already. */
  #pending: Walk | null = null;
  #isJoined = false;

  constructor(client: Queryable, users: readonly UserRow[], options: ChunkOptions) {
    this.#client = client;
    this.#options = options;
    this.#open = new Map(users.map((user) => [user.id, user]));
    this.findings = new Findings(options.findingsMax);
  }

  get counts() {
    return { users: this.#users, entries: this.#entries };
  }

  async walkTo(upTo: string): Promise<void> {
    const { after, pageEntries, onPage } = this.#options;
    let cursor = { userId: after, version: after === BELOW_ALL ? BELOW_ALL : ABOVE_ALL };
    for (let isLastPage = false; !isLastPage; ) {
      const walks = await walkPage(this.#client, cursor, upTo, pageEntries);
      const entries = walks.reduce((sum, walk) => sum + walk.entries, 0);
      isLastPage = entries < pageEntries;
      this.#entries += entries;
      for (const walk of walks) await this.#take(walk);
      onPage?.(this.#entries);
      if (this.#isDone()) return;
      const last = walks.at(-1);
      if (last !== undefined) cursor = { userId: last.userId, version: last.lastVersion };
    }
    await this.#settlePending();
    for (const user of this.#open.values()) if (!this.#isDone()) this.#judge(user, null);
  }

  async #take(walk: Walk): Promise<void> {
    if (this.#isDone()) return;
    if (this.#pending?.userId === walk.userId) {
      this.#pending = joinWalks(this.#pending, walk);
      this.#isJoined = true;
      return;
    }
    await this.#settlePending();
    this.#pending = walk;
    this.#isJoined = false;
  }

  async #settlePending(): Promise<void> {
    const walk = this.#pending;
    this.#pending = null;
    if (walk === null || this.#isDone()) return;
    const user = this.#open.get(walk.userId);
    if (user === undefined) {
      this.findings.add([judgeOrphan(walk)]);
      return;
    }
    this.#open.delete(walk.userId);
    // A page compares the operation ids within itself only.
    const isRepeatPossible = walk.hasRepeatedOperation || this.#isJoined;
    this.#judge(user, walk, isRepeatPossible ? await findRepeated(this.#client, user.id, BELOW_ALL) : null);
  }

  #judge(user: UserRow, walk: Walk | null, repeated: Parameters<typeof judgeUser>[2] = null): void {
    this.#users += 1;
    this.findings.add(judgeUser(user, walk, repeated));
  }

  #isDone(): boolean {
    return this.#options.stopsAtFinding && this.findings.total > 0;
  }
}
