import type pg from 'pg';
import type { Queryable, StorePool } from './pool.ts';

/** SQLSTATEs after which the whole transaction is run again: serialization and deadlock. */
const RUN_AGAIN = new Set(['40001', '40P01']);
const TRIES_MAX = 5;

/** SQLSTATE of a Postgres error, or null for anything else. */
export function sqlState(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

/**
 * Runs `work` in one transaction. Serialization failures and deadlocks run it again, at most five
 * times with a growing pause; every other error rolls back and is thrown.
 *
 * When the connection breaks while COMMIT is on its way, the outcome is unknown and the error is
 * thrown; callers keep their effects idempotent so that trying again is safe.
 */
export async function inTransaction<T>(
  pool: StorePool,
  work: (client: Queryable) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const client = await pool.connect();
    try {
      const result = await runOnce(client, work);
      client.release();
      return result;
    } catch (error) {
      // A client whose transaction failed may be broken; the pool replaces it.
      client.release(true);
      if (attempt >= TRIES_MAX || !RUN_AGAIN.has(sqlState(error) ?? '')) throw error;
      await new Promise((resolve) =>
        setTimeout(resolve, 10 * 2 ** attempt * (0.5 + Math.random())),
      );
    }
  }
}

async function runOnce<T>(
  client: pg.PoolClient,
  work: (client: Queryable) => Promise<T>,
): Promise<T> {
  await client.query('begin');
  try {
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    // The first error is the one to tell; a broken connection cannot roll back anyway.
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}
