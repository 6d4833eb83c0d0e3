import pg from 'pg';
import { prepareStatements } from './prepare-statements.ts';

/** The store's connection pool. Timestamps come back as ISO 8601 text in UTC. */
export type StorePool = pg.Pool;
/** A client inside a transaction, or the pool itself for single statements. */
export type Queryable = Pick<pg.ClientBase, 'query'>;

/**
 * Opens a pool on the store.
 *
 * @param databaseUrl `postgres://…`
 * @param max most connections at once.
 * @param onError told about errors of connections, which the pool replaces by itself.
 */
export function createPool(
  databaseUrl: string,
  { max = 10, onError }: { max?: number; onError?: (error: Error) => void } = {},
): StorePool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max,
    application_name: 'strategy-loop',
    connectionTimeoutMillis: 10_000,
    options:
      '-c timezone=UTC -c statement_timeout=60s -c lock_timeout=20s ' +
      // A worker that is frozen inside a transaction must not keep its locks from the others.
      '-c idle_in_transaction_session_timeout=60s',
    types: {
      getTypeParser: (oid, format) => {
        if (oid === pg.types.builtins.TIMESTAMPTZ)
          return (text: string) => new Date(text).toISOString();
        // Generations, seeds and counts stay far below 2^53.
        if (oid === pg.types.builtins.INT8) return Number;
        return pg.types.getTypeParser(oid, format) as (text: string) => unknown;
      },
    },
  });
  // Without a listener an error of a connection would end the process: the pool listens to idle
  // ones, and one that is in use also breaks between two statements of a transaction.
  pool.on('error', (error) => onError?.(error));
  pool.on('connect', (client) => {
    prepareStatements(client);
    client.on('error', (error) => onError?.(error));
  });
  return pool;
}
