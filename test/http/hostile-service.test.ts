import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useDatabase } from '../support/database.ts';
import { Service } from '../support/service.ts';
import { answersIn } from './answers-in.ts';
import type { HostileCase } from './hostile-case.ts';
import { hostileCases } from './hostile-cases.ts';
import { malformedMessages } from './hostile-framing.ts';
import { exchange, message } from './raw-connection.ts';
import { converse, damagedStream } from './stream-fuzz.ts';

const AT_ONCE = 20;
const STREAMS = 400;

const database = useDatabase();
let service: Service;
let port: number;
let pids: readonly number[];

beforeAll(async () => {
  // The cases name hosts of all kinds, which a service for this machine only would refuse before looking further.
  const environment = { AUTH: 'none' };
  service = await new Service({ databaseUrl: database.url, workers: 2, environment }).whenReady();
  port = Number(new URL(service.url).port);
  // The user whom the cases are about.
  expect((await service.post('/api/users', { userId: 7, balance: 1_000_000 })).status).toBe(201);
  pids = service.workerPids();
});
afterAll(() => service.end());

const everything = async () => ({
  users: await database.query('select * from users order by id'),
  entries: await database.query('select * from entries order by user_id, version'),
});

async function judge({ what, bytes, status, code }: HostileCase): Promise<string | null> {
  const answer = await exchange(port, bytes);
  const problem = JSON.parse(answer.body) as { code?: string };
  return answer.status === status && problem.code === code ? null : `${what}: ${answer.status} ${problem.code}`;
}

test('no hostile message changes a balance of the real service, gets a 5xx or ends a worker', async () => {
  const before = await everything();
  const wrong: (string | null)[] = [];
  const queue = [...hostileCases, ...malformedMessages];
  const work = async () => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) wrong.push(await judge(next));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  expect(wrong.filter((line) => line !== null)).toEqual([]);
  expect(await everything()).toEqual(before);
  expect(service.workerPids()).toEqual(pids);
  expect((await exchange(port, message('GET', '/readyz'))).status).toBe(200);
});

test('what a damaged stream does to the real service is in its answers and in the ledger', async () => {
  const [before] = await database.query<{ count: number }>('select count(*)::int as count from entries');
  const streams = fc.sample(damagedStream, STREAMS);
  const received = await Promise.all(streams.map((bytes) => converse(port, bytes, 2000)));
  const answers = received.map(answersIn);
  expect(answers.map(({ rest }) => rest).filter((rest) => rest !== '')).toEqual([]);
  const statuses = answers.flatMap((answer) => answer.statuses);
  expect(statuses.filter((status) => status >= 500)).toEqual([]);

  const changes = received.join('').match(/"operationId":"[^"]+"\}(?!,)/g) ?? [];
  const [after] = await database.query<{ count: number }>('select count(*)::int as count from entries');
  const [sum] = await database.query<{ balance: string; sum: string; version: string; entries: string }>(
    `select balance::text, version::text, (select sum(amount)::text from entries where user_id = 7) as sum,
            (select count(*)::text from entries where user_id = 7) as entries from users where id = 7`,
  );
  expect(sum?.balance).toBe(sum?.sum);
  expect(sum?.version).toBe(sum?.entries);
  expect(changes.length).toBeGreaterThan(0);
  // A replayed key is answered without an entry of its own, so there may be fewer entries than answers, never more.
  expect(Number(after?.count) - Number(before?.count)).toBeLessThanOrEqual(changes.length);
  expect(service.workerPids()).toEqual(pids);
  expect((await exchange(port, message('GET', '/readyz'))).status).toBe(200);
});
