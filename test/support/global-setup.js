import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import pg from 'pg';
import { ensureBuilt } from '../../scripts/build.js';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The database that test/support/store.ts copies for each test file. */
const TEMPLATE_DATABASE = 'strategy_loop_template';

/**
 * Before the tests that start real servers: dist/ is current, because jobs and workers run from
 * it, and one database server runs, with a migrated database to copy. Plain JavaScript, because
 * Jest loads it before its TypeScript transform.
 */
export default async function globalSetup() {
  await ensureBuilt(ROOT);
  const { openDataDirectory } = await built('infra/local/data-directory.js');
  const { startPostgres } = await built('infra/local/postgres-server.js');
  const { migrate } = await built('adapters/postgres/migrate.js');
  // Set by scripts/run-jest.js, which also removes it.
  const folder = process.env['STRATEGY_LOOP_TEST_ROOT'];
  if (folder === undefined) throw new Error('run the tests with "npm test", not with jest itself');
  const server = await startPostgres({
    dataDirectory: await openDataDirectory(join(folder, 'shared-postgres')),
    onProgress: () => undefined,
  });
  globalThis.stopTestServers = () => server.stop();
  await administer(server.url, `create database ${TEMPLATE_DATABASE}`);
  const template = new URL(server.url);
  template.pathname = `/${TEMPLATE_DATABASE}`;
  await migrate(template.href, join(ROOT, 'adapters', 'postgres', 'migrations'));
  process.env['STRATEGY_LOOP_TEST_POSTGRES_URL'] = server.url;
}

function built(path) {
  return import(pathToFileURL(join(ROOT, 'dist', path)).href);
}

async function administer(url, statement) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
