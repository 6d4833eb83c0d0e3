import { writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LABEL_DIRECTORY } from '../../../adapters/launchers/docker-container.ts';
import { createPool } from '../../../adapters/postgres/pool.ts';
import type { StorePool } from '../../../adapters/postgres/pool.ts';
import { demoSettings } from '../../../cli/defaults.ts';
import { cycleId, retrainId } from '../../../schemas/ids.ts';
import type { CycleStatusView } from '../../../schemas/message.ts';
import { Listing } from '../../../schemas/payload.ts';
import type { RetrainNowInput, StrategyCycleInput } from '../../../schemas/payload.ts';
import { LauncherKind, TaskQueue } from '../../../schemas/task-queue.ts';
import type { Window } from '../../../schemas/window.ts';
import { openTestLoop, SEED, startTestWorker, TEST_TIMING, until } from '../../support/loop.ts';
import type { TestLoop, TestWorker } from '../../support/loop.ts';
import { compareLedgers, readLedger } from '../ledger.ts';
import { FAULT_FILE_VARIABLE } from './container-plan.ts';
import type { ContainerFault, NextFault } from './container-plan.ts';
import { startOwnEngine } from './engine.ts';
import type { OwnEngine } from './engine.ts';

const STRATEGY = 'rsi-macd';
const WORKER = 'dist/test/faults/containers/container-worker.js';
const WEEK_MS = 7 * 86_400_000;
const FIRST_WEEK = Date.parse('2012-01-02');
const LIMIT_MS = 90_000;

/** How a faulted cycle went. */
export interface Outcome {
  readonly name: string;
  /** Failure type that the operator read or the store has, or that the job went on. */
  readonly found: string;
  readonly isAsPlanted: boolean;
  readonly seconds: number;
}

/** A loop whose jobs run in containers of an engine of its own. */
export interface ContainerStand {
  run(number: number, fault: ContainerFault, isPlanted: boolean): Promise<Outcome>;
  finish(): Promise<{ leftOver: string[]; lost: readonly string[]; doubled: readonly string[] }>;
  close(): Promise<void>;
}

function week(number: number): Window {
  const day = (index: number): string =>
    new Date(FIRST_WEEK + index * WEEK_MS).toISOString().slice(0, 10);
  return { from: day(number), to: day(number + 1) };
}

/** Prepares a store, runs the cycles unharmed with jobs as processes, and readies them to be faulted. */
export async function openContainerStand(
  image: string,
  count: number,
  note: (text: string) => void,
): Promise<ContainerStand> {
  const loop = await openTestLoop();
  let engine: OwnEngine | null = null;
  try {
    note('starting a Docker Engine and loading the image');
    engine = await startOwnEngine(join(loop.dataDirectory, 'engine'), image);
    note('preparing the store: release 1, and the bars of all weeks');
    const url = new URL(loop.session.stack.databaseUrl);
    const admin = createPool(Object.assign(new URL(url), { pathname: '/postgres' }).href, {
      max: 1,
    });
    await prepare(loop, count);
    await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [
      url.pathname.slice(1),
    ]);
    await admin.query(`create database faulted template ${url.pathname.slice(1)}`);
    await admin.end();
    note(`running ${String(count)} weeks unharmed`);
    const worker = await loop.startWorker();
    for (let number = 0; number <= count; number += 1) {
      await loop.result(await start(loop, number, LauncherKind.Process));
    }
    await worker.stop();
    return await stand(loop, engine, Object.assign(new URL(url), { pathname: '/faulted' }).href);
  } catch (error) {
    await engine?.close();
    await loop.close();
    throw error;
  }
}

async function prepare(loop: TestLoop, count: number): Promise<void> {
  const worker = await loop.startWorker();
  await loop.firstRelease(STRATEGY);
  await loop.register({
    ...demoSettings(STRATEGY),
    retrain: 'never',
    analyze: { everyBars: 100_000 },
  });
  const input: RetrainNowInput = {
    strategyId: STRATEGY,
    requestId: 'bars',
    trainWindow: { from: '2008-01-01', to: week(count).to },
    trainer: {},
    seed: SEED,
    rollOut: false,
    launcher: LauncherKind.Process,
    actor: 'faults',
    timing: TEST_TIMING,
  };
  await loop.session.client.workflow.execute('retrainNow', {
    workflowId: retrainId(STRATEGY, 'bars'),
    taskQueue: TaskQueue.Workflows,
    args: [input],
  });
  await worker.stop();
}

async function start(loop: TestLoop, number: number, launcher: LauncherKind): Promise<string> {
  const window = week(number);
  const input: StrategyCycleInput = {
    strategyId: STRATEGY,
    window,
    clock: 'replay',
    listing: Listing.Waiting,
    seed: SEED,
    launcher,
    actor: 'faults',
    timing: TEST_TIMING,
    isFeedRead: true,
  };
  const workflowId = cycleId(STRATEGY, window);
  await loop.session.client.workflow.start('strategyCycle', {
    workflowId,
    taskQueue: TaskQueue.Workflows,
    // The weeks run once on each of two stores.
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowTaskTimeout: TEST_TIMING.heartbeatTimeoutMs,
    args: [input],
  });
  return workflowId;
}

async function stand(
  loop: TestLoop,
  engine: OwnEngine,
  databaseUrl: string,
): Promise<ContainerStand> {
  const { client, stack, pool: unharmed } = loop.session;
  const home = join(loop.dataDirectory, 'faulted');
  const [faultFile, jobs] = [join(home, 'fault.json'), join(home, 'jobs')];
  await mkdir(jobs, { recursive: true });
  const pool: StorePool = createPool(databaseUrl, { max: 2 });
  const plan = (next: NextFault): void => {
    writeFileSync(faultFile, JSON.stringify(next));
  };
  const startOne = (): Promise<TestWorker> =>
    startTestWorker(WORKER, join(home, 'worker.log'), {
      PATH: process.env['PATH'] ?? '',
      DOCKER_HOST: engine.host,
      DATABASE_URL: databaseUrl,
      TEMPORAL_ADDRESS: stack.temporalAddress,
      STRATEGY_LOOP_ARTIFACTS: stack.artifacts,
      STRATEGY_LOOP_JOBS: jobs,
      STRATEGY_LOOP_STICKY_MS: '300',
      STRATEGY_LOOP_TEST_IMAGE: process.env['STRATEGY_LOOP_TEST_IMAGE'] ?? 'strategy-loop:test',
      [FAULT_FILE_VARIABLE]: faultFile,
    });
  const containers = () =>
    engine.docker.listContainers({ all: true, filters: { label: [LABEL_DIRECTORY] } });
  const untilRunning = (): Promise<void> =>
    until('the container runs', async () =>
      (await containers()).some(({ State }) => State === 'running'),
    );
  plan({ number: 0, fault: null, isPlanted: false });
  let worker = await startOne();
  // The first cycle measures the loop, as the settings ask of the first one; nothing happens to it.
  await loop.result(await start(loop, 0, LauncherKind.Docker));

  const deeds: Record<NonNullable<ContainerFault['deed']>, () => Promise<void>> = {
    async 'kill-container'() {
      for (const { Id, State } of await containers()) {
        if (State === 'running') await engine.docker.getContainer(Id).kill({ signal: 'SIGKILL' });
      }
    },
    async 'kill-worker'() {
      await worker.kill();
      worker = await startOne();
    },
    'restart-engine': () => engine.restart(),
  };

  /** A job that ran out of memory is tried again without a person. */
  const mendedByItself = async (number: number): Promise<string | null> => {
    const { rows } = await pool.query<{ type: string }>(
      `select failure ->> 'type' as type from job_runs
       where cycle_id = $1 and failure ->> 'type' = 'JobOutOfMemory'`,
      [cycleId(STRATEGY, week(number))],
    );
    return rows[0]?.type ?? null;
  };

  return {
    async run(number, fault, isPlanted) {
      const startedAt = performance.now();
      plan({ number, fault, isPlanted });
      const handle = client.workflow.getHandle(await start(loop, number, LauncherKind.Docker));
      if (fault.deed !== null) {
        await untilRunning();
        await deeds[fault.deed]();
      }
      const asked = await untilDecided(handle);
      if (asked !== null) {
        const decision = { stage: 'trade', reason: 'the fault is over', actor: 'ada' };
        await handle.executeUpdate('retryStage', { args: [decision] });
        if (isPlanted) plan({ number, fault: null, isPlanted: false });
      }
      await handle.result();
      const found = asked ?? (await mendedByItself(number));
      return {
        name: fault.name,
        found: found ?? 'went on and completed',
        isAsPlanted: found === fault.type,
        seconds: (performance.now() - startedAt) / 1000,
      };
    },
    async finish() {
      await worker.stop();
      const left = (await containers()).map(({ Names }) => Names.join());
      return {
        leftOver: left,
        ...compareLedgers(await readLedger(pool), await readLedger(unharmed)),
      };
    },
    async close() {
      await worker.stop();
      await pool.end();
      for (const { Id } of await containers().catch(() => [])) {
        await engine.docker.getContainer(Id).remove({ v: true, force: true });
      }
      await engine.close();
      await loop.close();
    },
  };
}

/** @returns the type of the failure with which the cycle waits; null when it has completed. */
async function untilDecided(handle: {
  query(name: string): Promise<unknown>;
  describe(): Promise<{ status: { name: string } }>;
}): Promise<string | null> {
  let found: string | null = null;
  await until(
    'the cycle waits or has completed',
    async () => {
      if ((await handle.describe()).status.name !== 'RUNNING') return true;
      const view = (await handle.query('cycleStatus').catch(() => null)) as CycleStatusView | null;
      if (view?.status !== 'AwaitingOperator') return false;
      found = view.cause?.split(':', 1)[0] ?? 'nothing';
      return true;
    },
    LIMIT_MS,
  );
  return found;
}
