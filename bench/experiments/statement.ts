// How a round reaches PostgreSQL: prepared, parsed each time or as text; as arrays or as rows of VALUES.
// npx tsx bench/experiments/statement.ts
import { MANY_USERS, PLENTY } from '../scenarios/streams.ts';
import { insertLedgerUsers } from '../users.ts';
import { type Experiment, type ExperimentStage, runExperiments } from './experiment.ts';
import { parsedEachTime, prepared, simple } from './protocols.ts';
import type { RoundShape } from './rounds.ts';
import { ROUND_COLUMNS, timeRounds } from './timed-rounds.ts';
import { preparedValues, values } from './values-statement.ts';

const VARIANTS = {
  'unnest, prepared': prepared,
  'unnest, parsed each time': parsedEachTime,
  'unnest, simple protocol': simple,
  'VALUES, parsed each time': values,
  'VALUES, prepared per size': preparedValues,
};

interface Load {
  readonly name: string;
  readonly shape: RoundShape;
  readonly rounds: number;
}

const LOADS: readonly Load[] = [
  { name: 'a lone change', shape: { users: 1, entriesPerUser: 1, isKeyed: false }, rounds: 300 },
  { name: 'hot user', shape: { users: 1, entriesPerUser: 1000, isKeyed: false }, rounds: 12 },
  { name: 'spread', shape: { users: 500, entriesPerUser: 1, isKeyed: false }, rounds: 20 },
];

async function prepareLoad({ createDatabase }: ExperimentStage, { name, shape, rounds }: Load): Promise<Experiment> {
  const database = await createDatabase();
  const users = await insertLedgerUsers(database.client, MANY_USERS, PLENTY);
  return {
    name,
    description: `${rounds} rounds of ${shape.users} of 20,000 users with ${shape.entriesPerUser} entries each`,
    columns: ROUND_COLUMNS,
    variants: Object.entries(VARIANTS).map(([variant, statement]) => ({
      name: variant,
      run: (turn) =>
        timeRounds(
          { database, users: shape.users === 1 ? { ...users, count: 1 } : users, shape, rounds, statement },
          turn,
        ),
    })),
  };
}

await runExperiments(async (stage) => {
  const experiments: Experiment[] = [];
  for (const load of LOADS) experiments.push(await prepareLoad(stage, load));
  return experiments;
});
