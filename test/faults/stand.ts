import { chmod, cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from '../../adapters/launchers/process-table.ts';
import type { ProcessIdentity } from '../../adapters/launchers/process-table.ts';
import { createPool } from '../../adapters/postgres/pool.ts';
import type { StorePool } from '../../adapters/postgres/pool.ts';
import { openSession } from '../../cli/session.ts';
import type { Session } from '../../cli/session.ts';
import { rolloutId } from '../../schemas/ids.ts';
import { openTestLoop } from '../support/loop.ts';
import { readLedger } from './ledger.ts';
import type { Ledger } from './ledger.ts';
import { openTrial, runUnharmed, STRATEGY } from './trial.ts';
import type { Trial } from './trial.ts';

/**
 * Real servers for many faults, one after another. Each fault has a copy of one prepared store: a
 * database, artifacts and jobs of its own. What the supervision of the servers says is kept.
 */
export interface Stand {
  readonly session: Session;
  readonly directory: string;
  /** What one cycle leaves in the store when nothing happens to it. */
  readonly unharmed: Ledger;
  /** On the server, not on a store; lives through restarts. */
  readonly admin: StorePool;
  readonly supervision: readonly string[];
  openTrial(): Promise<Trial>;
  serverProcess(which: 'postgres' | 'temporal'): Promise<ProcessIdentity>;
  close(): Promise<void>;
}

const TEMPLATE = 'prepared';

/** @param onNote told what is being done, for people. */
export async function openStand(onNote: (text: string) => void): Promise<Stand> {
  const directory = await mkdtemp(join(tmpdir(), 'strategy-loop-faults-'));
  await chmod(directory, 0o755);
  const supervision: string[] = [];
  const keep = (text: string): void => {
    supervision.push(text);
  };
  const session = await openSession({
    dataDirectory: join(directory, 'data'),
    output: {
      json: false,
      note: keep,
      warn: keep,
      detail: () => undefined,
      answer: () => undefined,
      list: () => undefined,
    },
    withWorker: false,
  });
  const adminUrl = new URL(session.stack.databaseUrl);
  adminUrl.pathname = '/postgres';
  const admin = createPool(adminUrl.href, { max: 2 });
  let trials = 0;
  const parts = { session, directory, admin, supervision };

  const stand: Omit<Stand, 'unharmed'> = {
    ...parts,
    async openTrial() {
      trials += 1;
      const name = `trial_${String(trials)}`;
      const home = join(directory, name);
      await mkdir(join(home, 'jobs'), { recursive: true });
      await cp(session.stack.artifacts, join(home, 'artifacts'), { recursive: true });
      await admin.query(`create database ${name} template ${TEMPLATE}`);
      await terminateRollout(session);
      const url = new URL(session.stack.databaseUrl);
      url.pathname = `/${name}`;
      return openTrial({ session, admin, name, home, databaseUrl: url.href });
    },
    async serverProcess(which) {
      const text = await readFile(join(directory, 'data', 'stack.json'), 'utf8');
      const { servers } = JSON.parse(text) as { servers: [ProcessIdentity, ProcessIdentity] };
      const found = servers[which === 'postgres' ? 0 : 1];
      if (!isRunning(found)) throw new Error(`${which} does not run`);
      return found;
    },
    async close() {
      await admin.end();
      await session.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
  try {
    onNote('preparing the store: servers and release 1');
    await prepareTemplate(parts);
    onNote('running the unharmed cycle');
    const trial = await stand.openTrial();
    await runUnharmed(trial);
    const unharmed = await readLedger(trial.pool);
    await trial.close();
    return { ...stand, unharmed };
  } catch (error) {
    await stand.close();
    throw error;
  }
}

/** Makes release 1 with a worker that nothing happens to, and keeps the database as a template. */
async function prepareTemplate({
  session,
  admin,
}: Pick<Stand, 'session' | 'admin'>): Promise<void> {
  const loop = await openTestLoop(session);
  const worker = await loop.startWorker();
  await loop.firstRelease(STRATEGY);
  await worker.stop();
  const name = new URL(session.stack.databaseUrl).pathname.slice(1);
  // A database that is in use cannot be copied; the session's pool connects again when asked.
  await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [
    name,
  ]);
  await admin.query(`create database ${TEMPLATE} template ${name}`);
}

/** The entity would remember the challengers of the trial before. */
async function terminateRollout({ client }: Session): Promise<void> {
  await client.workflow
    .getHandle(rolloutId(STRATEGY))
    .terminate('the next trial begins')
    .catch(() => undefined);
}
