import pg from 'pg';
import { isRunning } from '../../adapters/launchers/process-table.ts';
import { until } from '../support/loop.ts';
import { workerBug } from './fault.ts';
import type { Fault } from './fault.ts';
import type { Stand } from './stand.ts';
import { startPostgresProxy } from './tcp-proxy.ts';
import type { Trial } from './trial.ts';

/** Longer than the heartbeat timeout of the trials and than a local step, so that either is given up. */
const OUTAGE_MS = 6_000;

/** Servers that go away while a cycle runs. */
export const SERVER_FAULTS: readonly Fault[] = [
  {
    name: 'Temporal killed after COMMIT, started again',
    isQuick: false,
    attempts: 1,
    planted: {
      text: 'an ingest that adds up when it is repeated',
      mistake: { store: 'forgetful-ingest' },
      sign: /rows too many in decisions/,
    },
    async happen(stand, trial) {
      const worker = await startHeld(trial, { activity: 'ingestTrade', when: 'after' });
      const seconds = await killServer(stand, 'temporal', 'SIGKILL');
      // The step is given up: it is tried again before its answer comes.
      await sleep(OUTAGE_MS);
      worker.go();
      return `up again after ${seconds}; the cycle went on and completed`;
    },
  },
  {
    name: 'Postgres stopped (immediate) inside a transaction',
    isQuick: true,
    attempts: 1,
    planted: {
      text: 'an ingest without a transaction',
      mistake: { store: 'forgetful-ingest', worker: 'no-transaction' },
      sign: /rows too many in decisions/,
    },
    async happen(stand, trial, mistake) {
      const worker = await startHeld(
        trial,
        {
          activity: 'ingestTrade',
          // Without a transaction there is no COMMIT to stop at.
          when: mistake === null ? 'in-transaction' : 'after',
        },
        workerBug(mistake),
      );
      const seconds = await killServer(stand, 'postgres', 'SIGQUIT');
      if (mistake !== null) await sleep(OUTAGE_MS);
      worker.go();
      return `up again after ${seconds}; the stage was stored again and completed`;
    },
  },
  {
    name: 'connection cut after COMMIT was sent',
    isQuick: true,
    attempts: 1,
    planted: {
      text: 'an ingest that adds up when it is repeated',
      mistake: { store: 'forgetful-ingest' },
      sign: /rows too many in decisions/,
    },
    async happen(_stand, trial) {
      const url = new URL(trial.databaseUrl);
      const proxy = await startPostgresProxy({ host: url.hostname, port: Number(url.port) });
      try {
        url.port = String(proxy.port);
        const hold = { activity: 'ingestTrade', when: 'in-transaction' } as const;
        const worker = await trial.startWorker({ holdAt: hold }, url.href);
        await trial.startCycle();
        await worker.held;
        proxy.cutAfterCommit();
        worker.go();
        await trial.completed(60_000);
        if (proxy.cuts() !== 1) throw new Error('no connection was cut');
        await trial.stopWorkers();
        return `outcome unknown: "${await worker.ended}"; tried again, nothing stored twice`;
      } finally {
        await proxy.close();
      }
    },
  },
  {
    name: 'Postgres out of connections (53300)',
    isQuick: false,
    attempts: 1,
    planted: {
      text: 'a person is asked at once',
      mistake: { worker: 'asks-a-person' },
      sign: /waits at trade|the cycle ended FAILED/,
    },
    plantedLimitMs: 15_000,
    async happen(_stand, trial, mistake) {
      const worker = await startHeld(
        trial,
        { activity: 'ingestTrade', when: 'before' },
        workerBug(mistake),
      );
      const taken = await takeAllConnections(trial);
      worker.go();
      try {
        if (mistake !== null) {
          // There is nothing to wait for: the failure is not tried again.
          await sleep(OUTAGE_MS);
          return 'no further try';
        }
        return await untilFailure(trial, /too many clients|remaining connection slots/);
      } finally {
        await Promise.all(taken.map((client) => client.end()));
      }
    },
  },
  {
    name: 'pool of the worker exhausted for 20 s',
    isQuick: false,
    attempts: 1,
    planted: {
      text: 'a connection that is never given back',
      mistake: { worker: 'leaks-connections' },
      sign: /never came to its trade stage|timed out/,
    },
    plantedLimitMs: 15_000,
    async happen(_stand, trial, mistake) {
      const worker = await trial.startWorker({
        holdAt: { activity: 'ingestTrade', when: 'before' },
        takePoolMs: 20_000,
        ...workerBug(mistake),
      });
      await trial.startCycle();
      await Promise.race([worker.held, limit(15_000, 'the cycle never came to its trade stage')]);
      worker.go();
      return untilFailure(trial, /timeout exceeded when trying to connect/);
    },
  },
];

/** Starts the cycle with a worker that stands at a point, and returns when it does. */
export async function startHeld(
  trial: Trial,
  holdAt: NonNullable<Parameters<Trial['startWorker']>[0]>['holdAt'] & object,
  more: Parameters<Trial['startWorker']>[0] = {},
): ReturnType<Trial['startWorker']> {
  const worker = await trial.startWorker({ holdAt, ...more });
  await trial.startCycle();
  await Promise.race([worker.held, limit(60_000, `the worker never stood at ${holdAt.activity}`)]);
  return worker;
}

/** Waits until an activity of the cycle has failed in the expected way and is tried again. */
export async function untilFailure(trial: Trial, pattern: RegExp): Promise<string> {
  let found: string | undefined;
  await until(
    `an activity fails with ${String(pattern)}`,
    async () => {
      found = (await trial.pendingFailures()).find((text) => pattern.test(text));
      return found !== undefined;
    },
    30_000,
  );
  return `tried again after "${(found ?? '').slice(0, 70)}"`;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function limit(ms: number, text: string): Promise<never> {
  await new Promise((resolve) => setTimeout(resolve, ms).unref());
  throw new Error(text);
}

/** Kills a server and waits until its supervisor has it up again. @returns how long that took. */
async function killServer(
  stand: Stand,
  which: 'postgres' | 'temporal',
  signal: NodeJS.Signals,
): Promise<string> {
  const victim = await stand.serverProcess(which);
  const startedAt = performance.now();
  process.kill(victim.pid, signal);
  await until(
    `${which} is up again`,
    async () => {
      if (isRunning(victim)) return false;
      return stand.serverProcess(which).then(
        () => true,
        () => false,
      );
    },
    60_000,
  );
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
}

/** Takes every connection that the server has, those of the worker too. */
async function takeAllConnections(trial: Trial): Promise<pg.Client[]> {
  const taken: pg.Client[] = [];
  const others = `select count(pg_terminate_backend(pid))::int as count from pg_stat_activity
    where datname = $1 and application_name = 'strategy-loop'`;
  for (;;) {
    const client = new pg.Client({
      connectionString: trial.databaseUrl,
      application_name: 'taker',
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      taken.push(client);
    } catch {
      const { rows } = await (taken[0] as pg.Client).query<{ count: number }>(others, [
        trial.databaseName,
      ]);
      if (rows[0]?.count === 0) return taken;
    }
  }
}
