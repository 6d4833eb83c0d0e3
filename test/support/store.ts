import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { createPool } from '../../adapters/postgres/pool.ts';
import type { StorePool } from '../../adapters/postgres/pool.ts';
import { upsertStrategy } from '../../adapters/postgres/strategies.ts';
import { demoSettings } from '../../cli/defaults.ts';

/** A store of its own for one test file, on the real server that the global set-up started. */
export interface TestStore {
  readonly url: string;
  readonly pool: StorePool;
  close(): Promise<void>;
}

/** Environment variable in which the global set-up leaves the server's URL. */
export const TEST_POSTGRES_URL = 'STRATEGY_LOOP_TEST_POSTGRES_URL';
/** Database that the global set-up has migrated; every test store is a copy of it. */
export const TEMPLATE_DATABASE = 'strategy_loop_template';

export async function openTestStore({ max = 10 } = {}): Promise<TestStore> {
  const server = process.env[TEST_POSTGRES_URL];
  if (server === undefined) throw new Error('the global set-up has not started Postgres');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await administer(server, `create database ${name} template ${TEMPLATE_DATABASE}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const pool = createPool(url.href, { max });
  return {
    url: url.href,
    pool,
    async close() {
      await pool.end();
      await administer(server, `drop database ${name} with (force)`);
    },
  };
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Registers a strategy without asking its source: enough for tests of the store. */
export async function registerTestStrategy(pool: StorePool, strategyId: string): Promise<void> {
  await upsertStrategy(pool, {
    settings: demoSettings(strategyId),
    description: {
      strategyId,
      title: strategyId,
      description: 'for tests',
      trainerJob: 'retrain/search',
      account: 'share',
      sourceSha256: 'test',
      parameterSchema: {},
      trainerSchema: {},
      defaultTrainer: {},
      defaultParameters: {},
    },
  });
}
