// What the tables' form costs: room on the pages of users, its triggers, and indexes of entries.
// npx tsx bench/experiments/storage.ts
import type { BenchDatabase } from '../database.ts';
import type { Queryable } from '../queryable.ts';
import type { RunResult, Turn } from '../scenarios/scenario.ts';
import { MANY_USERS, PLENTY } from '../scenarios/streams.ts';
import type { Users } from '../stream/plan.ts';
import { insertLedgerUsers } from '../users.ts';
import { type Experiment, type ExperimentStage, runExperiments, type Variant } from './experiment.ts';
import type { RoundShape } from './rounds.ts';
import { ROUND_COLUMNS, timeRounds } from './timed-rounds.ts';

const HOT: RoundShape = { users: 1, entriesPerUser: 10, isKeyed: false };
const SPREAD: RoundShape = { users: 500, entriesPerUser: 1, isKeyed: false };
const MANY_ENTRIES: RoundShape = { users: 1, entriesPerUser: 1000, isKeyed: false };
const HOT_ROUNDS = 150;
const SPREAD_ROUNDS = 60;
const MANY_ENTRIES_ROUNDS = 12;

const FILLFACTORS = [70, 100, 90, 50];
const STORAGE_COLUMNS = { ...ROUND_COLUMNS, hotPercent: 'HOT %', tableMiB: 'table MiB' };

const INDEXES = {
  'as it is': '',
  'primary key alone': 'drop index entries_idempotency_key',
  'and an index on operation_id': 'create index on entries (operation_id)',
};

const TRIGGERS = {
  'as it is': '',
  'without triggers': 'alter table users disable trigger user',
  'by the version alone': `create or replace trigger outside_change before update on users
    for each row when (new.version = old.version and new.balance <> old.balance) execute function record_outside_change()`,
};

interface Site {
  readonly database: BenchDatabase;
  readonly users: Users;
}

/** A database whose tables have another form from the start. Autovacuum would come over one variant and not another. */
async function createSite({ createDatabase }: ExperimentStage, form: string): Promise<Site> {
  const database = await createDatabase();
  await database.client.query('alter table users set (autovacuum_enabled = off)');
  await database.client.query('alter table entries set (autovacuum_enabled = off)');
  if (form !== '') await database.client.query(form);
  return { database, users: await insertLedgerUsers(database.client, MANY_USERS, PLENTY) };
}

interface TableFacts {
  readonly updates: number;
  readonly hotUpdates: number;
  readonly bytes: number;
}

async function readTable(client: Queryable): Promise<TableFacts> {
  const { rows } = await client.query<TableFacts>(
    `select n_tup_upd::float8 as updates, n_tup_hot_upd::float8 as "hotUpdates",
            pg_relation_size(relid)::float8 as bytes
     from pg_stat_user_tables where relname = 'users'`,
  );
  const [facts] = rows;
  if (facts === undefined) throw new Error('PostgreSQL keeps no statistics of the table users');
  return facts;
}

/** Times rounds, and tells which share of the updates was heap-only. A session reports its counters when it ends. */
async function timeUpdates({ database, users }: Site, isHot: boolean, turn: Turn): Promise<RunResult> {
  // As autovacuum does every now and then: what is dead after the run before is free again.
  await database.client.query('vacuum users');
  const before = await readTable(database.client);
  const result = await timeRounds(
    isHot
      ? { database, users: { ...users, count: 1 }, shape: HOT, rounds: HOT_ROUNDS }
      : { database, users, shape: SPREAD, rounds: SPREAD_ROUNDS },
    turn,
  );
  const { updates, hotUpdates, bytes } = await readTable(database.client);
  if (result.kind === 'disagreed') return result;
  const hotPercent = (100 * (hotUpdates - before.hotUpdates)) / (updates - before.updates);
  const tableMiB = bytes / 2 ** 20;
  return {
    kind: 'proven',
    points: result.points.map(({ at, figures }) => ({ at, figures: { ...figures, hotPercent, tableMiB } })),
  };
}

async function createFillfactorSites(stage: ExperimentStage): Promise<ReadonlyMap<number, Site>> {
  const sites = new Map<number, Site>();
  for (const fillfactor of FILLFACTORS) {
    sites.set(fillfactor, await createSite(stage, `alter table users set (fillfactor = ${fillfactor})`));
  }
  return sites;
}

function fillfactorVariants(sites: ReadonlyMap<number, Site>, isHot: boolean): readonly Variant[] {
  return [...sites].map(([fillfactor, site]) => ({
    name: `${fillfactor}`,
    run: (turn) => timeUpdates(site, isHot, turn),
  }));
}

async function triggerVariants(stage: ExperimentStage): Promise<readonly Variant[]> {
  const variants: Variant[] = [];
  for (const [name, form] of Object.entries(TRIGGERS)) {
    const site = await createSite(stage, form);
    variants.push({ name, run: (turn) => timeRounds({ ...site, shape: SPREAD, rounds: SPREAD_ROUNDS }, turn) });
  }
  return variants;
}

async function indexVariants(stage: ExperimentStage): Promise<readonly Variant[]> {
  const variants: Variant[] = [];
  for (const [name, form] of Object.entries(INDEXES)) {
    const site = await createSite(stage, form);
    variants.push(indexVariant(name, site, MANY_ENTRIES));
    if (form === '') variants.push(indexVariant(`${name}, keyed entries`, site, { ...MANY_ENTRIES, isKeyed: true }));
  }
  return variants;
}

function indexVariant(name: string, { database, users }: Site, shape: RoundShape): Variant {
  const plan = { database, users: { ...users, count: 1 }, shape, rounds: MANY_ENTRIES_ROUNDS };
  return { name, run: (turn) => timeRounds(plan, turn) };
}

async function prepare(stage: ExperimentStage): Promise<readonly Experiment[]> {
  const sites = await createFillfactorSites(stage);
  return [
    {
      name: 'fillfactor of users, hot user',
      description: `${HOT_ROUNDS} rounds of one of 20,000 users with 10 entries`,
      columns: STORAGE_COLUMNS,
      variants: fillfactorVariants(sites, true),
    },
    {
      name: 'fillfactor of users, spread',
      description: `${SPREAD_ROUNDS} rounds of 500 of 20,000 users with one entry each`,
      columns: STORAGE_COLUMNS,
      variants: fillfactorVariants(sites, false),
    },
    {
      name: 'triggers of users',
      description: `${SPREAD_ROUNDS} rounds of 500 of 20,000 users with one entry each`,
      columns: ROUND_COLUMNS,
      variants: await triggerVariants(stage),
    },
    {
      name: 'indexes of entries',
      description: `${MANY_ENTRIES_ROUNDS} rounds of one user with 1,000 entries`,
      columns: ROUND_COLUMNS,
      variants: await indexVariants(stage),
    },
  ];
}

await runExperiments(prepare);
