import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { ClientBase, PoolClient } from 'pg';
import type { StorePool } from '../../adapters/postgres/pool.ts';
import { sqlState } from '../../adapters/postgres/transaction.ts';
import type { WorkerParts } from '../../workers/embedded-worker.ts';
import type { PlantedBug } from './plan.ts';

/** What a query of the pool's clients is replaced by. */
export type QueryChange = (text: string, run: () => Promise<unknown>) => Promise<unknown>;

/** Puts something around every query of every client of a pool. */
export function aroundQueries(pool: StorePool, change: QueryChange): void {
  pool.on('connect', (client: ClientBase) => {
    const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
    const changed = (...args: unknown[]): unknown => {
      // The pool's own calls come with a callback and are left alone.
      if (typeof args[0] !== 'string' || typeof args.at(-1) === 'function') return query(...args);
      return change(args[0], () => query(...args));
    };
    client.query = changed as typeof client.query;
  });
}

const TRANSACTION_WORDS = new Set(['begin', 'commit', 'rollback']);
const NOTHING = { rows: [], rowCount: 0 };

/** Makes a worker's parts as a planted bug would have them. */
export function plant(bug: PlantedBug, parts: WorkerParts, jobsDirectory: string): WorkerParts {
  const { pool, artifacts, launcher, interceptors } = parts;
  switch (bug) {
    case 'no-transaction':
      aroundQueries(pool, (text, run) =>
        TRANSACTION_WORDS.has(text) ? Promise.resolve(NOTHING) : run(),
      );
      return parts;
    case 'swallows-database-errors':
      aroundQueries(pool, (_text, run) =>
        run().catch((error: unknown) => {
          if (sqlState(error) === null) throw error;
          return NOTHING;
        }),
      );
      return parts;
    case 'leaks-connections':
      pool.options.max = 3;
      leakConnections(pool);
      return parts;
    case 'swallows-full-disk': {
      const put: typeof artifacts.put = (bytes) =>
        artifacts.put(bytes).catch((error: unknown) => ignoreFullDisk(error));
      const putFile: typeof artifacts.putFile = (path) =>
        artifacts.putFile(path).catch((error: unknown) => ignoreFullDisk(error));
      return { ...parts, artifacts: { ...artifacts, put, putFile } };
    }
    case 'wall-clock-deadline':
      return {
        ...parts,
        launcher: {
          ...launcher,
          async wait(jobName, options) {
            const { mtimeMs } = await stat(join(jobsDirectory, jobName, 'spec.json'));
            if (Date.now() - mtimeMs < 600_000) return launcher.wait(jobName, options);
            await launcher.cancel(jobName);
            return { ...(await launcher.wait(jobName, options)), cause: 'deadline' };
          },
        },
      };
    case 'blind-launcher':
      return {
        ...parts,
        launcher: {
          ...launcher,
          wait: async (jobName, options) => ({
            ...(await launcher.wait(jobName, options)),
            cause: 'exited',
            exitCode: 0,
          }),
        },
      };
    case 'mends-results':
      return { ...parts, interceptors: [...interceptors, mendResults(jobsDirectory)] };
    case 'asks-a-person':
      return { ...parts, interceptors: [...interceptors, askAPerson] };
    case 'no-more-memory':
      return { ...parts, interceptors: [...interceptors, instead('allowMoreMemory', false)] };
    case 'forgets-parts':
      return { ...parts, interceptors: [...interceptors, instead('recordPart', undefined)] };
    case 'no-memory-limit':
      return parts;
    default:
      return bug satisfies never;
  }
}

function leakConnections(pool: StorePool): void {
  const connect = pool.connect.bind(pool) as (...args: unknown[]) => Promise<PoolClient>;
  const leaking = async (...args: unknown[]): Promise<unknown> => {
    // The pool's own single statements come with a callback and are left alone.
    if (args.length > 0) return connect(...args);
    const client = await connect();
    client.release = () => undefined;
    return client;
  };
  pool.connect = leaking as typeof pool.connect;
}

/** The hash of nothing: what a write that did not happen would be remembered as. */
function ignoreFullDisk(error: unknown): string {
  if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  return 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
}

const askAPerson: ActivityInterceptorsFactory = () => ({
  inbound: {
    async execute(input, next) {
      try {
        return await next(input);
      } catch (error) {
        throw ApplicationFailure.nonRetryable((error as Error).message, 'Bug');
      }
    },
  },
});

/** Does nothing in place of an activity, and answers. */
function instead(activity: string, answer: unknown): ActivityInterceptorsFactory {
  return ({ info }) => ({
    inbound: {
      execute: (input, next) =>
        info.activityType === activity ? Promise.resolve(answer) : next(input),
    },
  });
}

/** Takes what it can get: closes what is open, names the job that was asked, reads NaN as 0. */
function mendResults(jobsDirectory: string): ActivityInterceptorsFactory {
  return ({ info }) => ({
    inbound: {
      async execute(input, next) {
        try {
          return await next(input);
        } catch (error) {
          if (!info.activityType.startsWith('launch')) throw error;
          const [, { jobName }] = input.args as [string, { jobName: string }];
          const output = join(jobsDirectory, jobName, 'output');
          const path = join(output, 'result.json');
          const text = (await readFile(path, 'utf8'))
            .trimEnd()
            .replace('NaN', '0')
            .replace(`"${jobName}-2"`, `"${jobName}"`);
          const open = text.split('{').length - text.split('}').length;
          await writeFile(path, text + '}'.repeat(open));
          await rm(join(output, 'extra.bin'), { force: true });
          return next(input);
        }
      },
    },
  });
}

/**
 * A database in which the ingest of the trade stage forgets that it was accepted and adds to what
 * it wrote before: whatever runs twice is there twice.
 */
export const FORGETFUL_INGEST = `
  alter table decisions drop constraint decisions_pkey;
  create function keep() returns trigger language plpgsql as 'begin return null; end';
  create trigger keep before delete on decisions for each row execute function keep();
  create function forget() returns trigger language plpgsql as $$ begin
    if new.stage = 'trade' then new.status := 'running'; new.result := null; end if;
    return new;
  end $$;
  create trigger forget before insert or update on stages for each row execute function forget();`;
