import { runner } from 'node-pg-migrate';

/**
 * Brings the store's schema to the newest version. Safe when several processes start at once: the
 * migrations run under an advisory lock.
 *
 * @param directory folder of the numbered SQL files.
 * @returns names of the migrations that were applied now.
 */
export async function migrate(databaseUrl: string, directory: string): Promise<string[]> {
  const applied = await runner({
    databaseUrl,
    dir: directory,
    direction: 'up',
    migrationsTable: 'schema_migrations',
    checkOrder: true,
    log: () => undefined,
  });
  return applied.map((migration) => migration.name);
}
