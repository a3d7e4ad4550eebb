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
      client.escapeLiteral(String(values[Number(index) - 1])),
    );
    return client.query({ ...unnamed, text });
  });

/** The service's statement, given to the driver in another way. */
function prepareOver(query: (query: SentQuery, values: unknown[]) => Promise<pg.QueryArrayResult>) {
  return prepareRoundStatement(drizzle({ query } as unknown as pg.Client), PLAIN);
}
