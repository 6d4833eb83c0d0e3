import { createPool } from '../adapters/postgres/pool.ts';
import type { StorePool } from '../adapters/postgres/pool.ts';
import { isDatabaseUrl, withoutPassword } from '../infra/local/database-url.ts';
import { findRunningStack } from '../infra/local/stack.ts';
import type { LocalStack } from '../infra/local/stack.ts';
import { CommandExitCode } from '../schemas/exit-code.ts';
import { CommandError } from './command-error.ts';
import { inTurn } from './in-turn.ts';
import { interruptible } from './interruptible.ts';
import type { Output } from './output.ts';
import { suspendedServers, suspendedText } from './suspended.ts';

/** Postgres that answers, for the time of one command that only reads. */
export interface OpenStore {
  readonly pool: StorePool;
  /** The stack that runs on the data directory; null when DATABASE_URL names another server. */
  readonly stack: LocalStack | null;
  /** Host, port and database, without the password. */
  readonly address: string;
}

/**
 * Finds a Postgres that runs already: the one of the stack on the data directory, else the one
 * that DATABASE_URL names. Starts nothing, and loads neither Temporal's client nor the migrations.
 *
 * @returns null when there is neither.
 */
export async function findStore(dataDirectory: string): Promise<OpenStore | null> {
  const stack = await findRunningStack(dataDirectory);
  const own = process.env['DATABASE_URL'] ?? '';
  const url = stack?.databaseUrl ?? own;
  if (url === '') return null;
  if (stack === null) requireDatabaseUrl(url);
  else await requireAwake(dataDirectory);
  return { pool: createPool(url, { max: 2 }), stack, address: withoutPassword(url) };
}

/** @throws {CommandError} when it is no URL of a database; its value is a secret and not repeated. */
function requireDatabaseUrl(url: string): void {
  if (isDatabaseUrl(url)) return;
  throw new CommandError(
    CommandExitCode.BadInput,
    'DATABASE_URL is not a postgres:// URL; set it to postgres://user:password@host:5432/database, or unset it',
  );
}

/** A suspended Postgres would let every command wait for ten seconds and then say something else. */
async function requireAwake(dataDirectory: string): Promise<void> {
  const postgres = (await suspendedServers(dataDirectory)).find(({ name }) => name === 'Postgres');
  if (postgres === undefined) return;
  const { text, mend } = suspendedText(postgres);
  throw new CommandError(CommandExitCode.Unavailable, `${text}; ${mend}`);
}

/**
 * Works on the store alone: at once on a Postgres that runs, else by starting it for the time of the
 * command, without Temporal.
 */
export async function withStore<T>(
  options: StoreOptions,
  work: (pool: StorePool) => Promise<T>,
): Promise<T> {
  return interruptible(
    () => openStore(options),
    (store) => readStore(store, () => work(store.pool)),
    () => 'interrupted; nothing is half-written, and no process is left',
  );
}

interface StoreOptions {
  readonly dataDirectory: string;
  readonly output: Output;
  /** Makes the tables of a database that DATABASE_URL names, or brings them up to date. */
  readonly upToDate?: boolean;
}

type HeldStore = Pick<OpenStore, 'pool' | 'address'> & { close(): Promise<void> };

function openStore({ dataDirectory, output, upToDate }: StoreOptions): Promise<HeldStore> {
  return inTurn<HeldStore>(
    async () => {
      const store = await findStore(dataDirectory);
      if (store === null) return null;
      output.detail(`reading from ${store.address}`);
      if (upToDate === true && store.stack === null) {
        const { migrateStore } = await import('./stopped-store.ts');
        await migrateStore(process.env['DATABASE_URL'] ?? '');
      }
      return { ...store, close: () => store.pool.end() };
    },
    async () => {
      output.detail('no server runs: starting Postgres for this command');
      const { openStoppedStore } = await import('./stopped-store.ts');
      return openStoppedStore(dataDirectory, (text) => {
        output.note(text);
      });
    },
  );
}

/** SQLSTATE of a table, a column and a function that are not there. */
const OLDER_STORE = new Set(['42P01', '42703', '42883']);

/** @throws {CommandError} when the store is of another version, or was never made. */
export async function readStore<T>(
  { address }: Pick<OpenStore, 'address'>,
  read: () => Promise<T>,
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!OLDER_STORE.has(code)) throw error;
    throw new CommandError(
      CommandExitCode.Unavailable,
      `the database ${address} does not hold the tables of this version ` +
        `(${error instanceof Error ? error.message : ''}); start the loop on it once with ` +
        '`strategy-loop up`, which brings them up to date',
      { cause: error },
    );
  }
}
