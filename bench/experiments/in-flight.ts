// One round in flight, or two of disjoint users on two sessions. npx tsx bench/experiments/in-flight.ts
import { MANY_USERS, PLENTY } from '../scenarios/streams.ts';
import { insertLedgerUsers } from '../users.ts';
import { type Experiment, runExperiments, type Variant } from './experiment.ts';
import { ROUND_COLUMNS, type RoundsPlan, timeRounds } from './timed-rounds.ts';

/** Users that wait for a commit at the same time: one round takes all of them, two take half of them each. */
const WAITING = [2, 50, 1000];
const CHANGES_MAX = 40_000;
const ROUNDS_MAX = 600;

function variantsOf(site: Pick<RoundsPlan, 'database' | 'users'>, waiting: number): readonly Variant[] {
  const rounds = Math.min(ROUNDS_MAX, CHANGES_MAX / waiting);
  return [1, 2].map((sessions) => ({
    name: sessions === 1 ? `one of ${waiting} users` : `two of ${waiting / 2} users`,
    run: (turn) =>
      timeRounds(
        {
          ...site,
          shape: { users: waiting / sessions, entriesPerUser: 1, isKeyed: false },
          rounds: rounds * sessions,
          sessions,
        },
        turn,
      ),
  }));
}

await runExperiments(async ({ createDatabase }) => {
  const database = await createDatabase();
  const users = await insertLedgerUsers(database.client, MANY_USERS, PLENTY);
  return WAITING.map(
    (waiting): Experiment => ({
      name: `rounds in flight, ${waiting} users waiting`,
      description: 'of 20,000 users with one entry each',
      columns: ROUND_COLUMNS,
      variants: variantsOf({ database, users }, waiting),
    }),
  );
});
