import { migrate } from '../adapters/postgres/migrate.ts';
import { createPool } from '../adapters/postgres/pool.ts';
import type { StorePool } from '../adapters/postgres/pool.ts';
import { withoutPassword } from '../infra/local/database-url.ts';
import { startStoreServer } from '../infra/local/store-server.ts';
import { packagePath } from './package-path.ts';

/**
 * Starts the embedded Postgres on a data directory on which no servers run, brings its tables up to
 * date, and connects to it.
 *
 * @throws {StackAlreadyRunningError} when a process holds the directory.
 */
export async function openStoppedStore(
  dataDirectory: string,
  onProgress: (text: string) => void,
): Promise<{ pool: StorePool; address: string; close(): Promise<void> }> {
  const server = await startStoreServer(dataDirectory, onProgress);
  try {
    await migrateStore(server.databaseUrl);
    const pool = createPool(server.databaseUrl, { max: 2 });
    const close = async (): Promise<void> => {
      await pool.end();
      await server.stop();
    };
    return { pool, address: withoutPassword(server.databaseUrl), close };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Makes the tables of a database, or brings them up to date. */
export async function migrateStore(databaseUrl: string): Promise<void> {
  await migrate(databaseUrl, packagePath('adapters/postgres/migrations'));
}
