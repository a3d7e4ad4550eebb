import { drizzle } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import { prepareRoundStatement } from '../../src/store/round-statement.ts';
import type { StatementFactory } from './writer.ts';

const PLAIN = { keyed: false, skipLocked: false };

/** What Drizzle hands to the driver. */
interface SentQuery extends pg.QueryArrayConfig {
  readonly text: string;
}

/** As the service has it: parsed and planned once for each connection. */
export const prepared: StatementFactory = (db) => prepareRoundStatement(db, PLAIN);

/** The same with every array as text, which PostgreSQL reads digit by digit. */
export const preparedText: StatementFactory = (_db, client) =>
  prepareOver((query, values) => client.query(query, values.map(textOf)));

/** Extended protocol without a name: parsed and planned for each round. */
export const parsedEachTime: StatementFactory = (_db, client) =>
  prepareOver((query, values) => {
    const { name: _, ...unnamed } = query;
    return client.query(unnamed, values);
  });

/** Simple protocol: one text with all values in it, one message each way, planned for these very values. */
export const simple: StatementFactory = (_db, client) =>
  prepareOver((query, values) => {
    const { name: _, ...unnamed } = query;
    const text = query.text.replace(/\$(\d+)/g, (_reference, index) =>
      client.escapeLiteral(textOf(values[Number(index) - 1])),
    );
    return client.query({ ...unnamed, text });
  });

/** What `array-parameters.ts` has made binary, as text again. */
function textOf(parameter: unknown): string {
  if (!Buffer.isBuffer(parameter)) return String(parameter);
  const elements: string[] = [];
  for (let at = 20; at < parameter.length; ) {
    const bytes = parameter.readInt32BE(at);
    at += 4;
    elements.push(bytes === 8 ? `${parameter.readBigInt64BE(at)}` : parameter.toString('hex', at, at + bytes));
    at += bytes;
  }
  return `{${elements.join(',')}}`;
}

/** The service's statement, given to the driver in another way. */
function prepareOver(query: (query: SentQuery, values: unknown[]) => Promise<pg.QueryArrayResult>) {
  return prepareRoundStatement(drizzle({ query } as unknown as pg.Client), PLAIN);
}
