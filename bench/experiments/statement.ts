// How a round reaches PostgreSQL: prepared, parsed each time or as text; as arrays, binary or text, or as rows of VALUES;
// for many users or for one.
// npx tsx bench/experiments/statement.ts
import { MANY_USERS, PLENTY } from '../scenarios/streams.ts';
import { insertLedgerUsers } from '../users.ts';
import { type Experiment, type ExperimentStage, runExperiments } from './experiment.ts';
import { oneUser } from './one-user-statement.ts';
import { parsedEachTime, prepared, preparedText, simple } from './protocols.ts';
import type { RoundShape } from './rounds.ts';
import { ROUND_COLUMNS, timeRounds } from './timed-rounds.ts';
import { preparedValues, values } from './values-statement.ts';
import type { StatementFactory } from './writer.ts';

const FEW = {
  'unnest, prepared': prepared,
  'unnest of text, prepared': preparedText,
  'VALUES, prepared per size': preparedValues,
};
const ALL = {
  ...FEW,
  'unnest, parsed each time': parsedEachTime,
  'unnest, simple protocol': simple,
  'VALUES, parsed each time': values,
};
const ONE_USER = { 'one user, prepared': oneUser };

interface Load {
  readonly name: string;
  readonly shape: RoundShape;
  readonly rounds: number;
  readonly statements: Readonly<Record<string, StatementFactory>>;
}

const oneUserWith = (entriesPerUser: number): RoundShape => ({ users: 1, entriesPerUser, isKeyed: false });

const LOADS: readonly Load[] = [
  { name: 'a lone change', shape: oneUserWith(1), rounds: 300, statements: { ...ALL, ...ONE_USER } },
  { name: 'hot user, small rounds', shape: oneUserWith(10), rounds: 300, statements: { ...FEW, ...ONE_USER } },
  { name: 'hot user, large rounds', shape: oneUserWith(1000), rounds: 12, statements: { ...ALL, ...ONE_USER } },
  { name: 'spread', shape: { users: 500, entriesPerUser: 1, isKeyed: false }, rounds: 20, statements: ALL },
];

async function prepareLoad(
  { createDatabase }: ExperimentStage,
  { name, shape, rounds, statements }: Load,
): Promise<Experiment> {
  const database = await createDatabase();
  const users = await insertLedgerUsers(database.client, MANY_USERS, PLENTY);
  return {
    name,
    description: `${rounds} rounds of ${shape.users} of 20,000 users with ${shape.entriesPerUser} entries each`,
    columns: ROUND_COLUMNS,
    variants: Object.entries(statements).map(([variant, statement]) => ({
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
