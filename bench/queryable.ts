import type { QueryResult, QueryResultRow } from 'pg';

/** The slice of a PostgreSQL client or pool that the bench needs. */
export interface Queryable {
  query<Row extends QueryResultRow>(text: string, values?: unknown[]): Promise<QueryResult<Row>>;
}
