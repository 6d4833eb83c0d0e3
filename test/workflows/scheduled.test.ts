import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listCycles } from '../../adapters/postgres/cycles.ts';
import { listStages } from '../../adapters/postgres/stages.ts';
import { readWaiting } from '../../adapters/postgres/waiting.ts';
import { csvSettings } from '../../cli/defaults.ts';
import { packagePath } from '../../cli/package-path.ts';
import type { CycleStatusView } from '../../schemas/message.ts';
import type { ScheduledCycleInput } from '../../schemas/payload.ts';
import { LauncherKind, TaskQueue } from '../../schemas/task-queue.ts';
import { openTestLoop, SEED, TEST_TIMING, until } from '../support/loop.ts';
import type { TestLoop } from '../support/loop.ts';

const STRATEGY = 'buy-and-hold';
const SP500 = packagePath('node_modules/vega-datasets/data/sp500-2000.csv');

interface Answer {
  readonly outcome: string;
  readonly windows?: number;
}

/** Starts by the clock over a feed that grows from test to test; 14 to 16 January 2012 had no bar. */
describe('scheduledCycle with windows of one day', () => {
  let loop: TestLoop;
  let feed: string;
  let lines: readonly string[];
  let starts = 0;

  /** Publishes the bars up to a day, but for those of some days. */
  async function publish(last: string, ...late: string[]): Promise<void> {
    const kept = lines.filter((line) => {
      const day = line.slice(0, 10);
      return day === 'date' || line.startsWith('date') || (day <= last && !late.includes(day));
    });
    await writeFile(feed, `${kept.join('\n')}\n`);
  }

  function start(): Promise<Answer> {
    starts += 1;
    const input: ScheduledCycleInput = {
      strategyId: STRATEGY,
      clock: 'live',
      stepMonths: 12,
      step: '1d',
      first: '2012-01-01',
      seed: SEED,
      launcher: LauncherKind.Process,
      actor: 'test',
      timing: TEST_TIMING,
    };
    return loop.session.client.workflow.execute<(input: unknown) => Promise<Answer>>(
      'scheduledCycle',
      {
        workflowId: `scheduled/${STRATEGY}/${String(starts)}`,
        taskQueue: TaskQueue.Workflows,
        args: [input],
      },
    );
  }

  /** First days of the windows that have run. */
  async function ran(): Promise<string[]> {
    const cycles = await listCycles(loop.session.pool, STRATEGY);
    return cycles
      .filter(({ kind, status }) => kind === 'cycle' && status === 'completed')
      .map(({ window }) => window.from.slice(5));
  }

  beforeAll(async () => {
    loop = await openTestLoop();
    feed = join(loop.dataDirectory, 'prices.csv');
    lines = (await readFile(SP500, 'utf8')).trim().split('\n');
    await publish('2012-01-06');
    await loop.startWorker();
    await loop.register({
      ...csvSettings(STRATEGY, feed),
      retrain: 'never',
      analyze: { everyBars: 21 },
    });
    await loop.session.client.workflow.execute('retrainNow', {
      workflowId: `retrain/${STRATEGY}/first`,
      taskQueue: TaskQueue.Workflows,
      args: [
        {
          strategyId: STRATEGY,
          trainWindow: { from: '2008-01-01', to: '2012-01-01' },
          rollOut: true,
        },
      ],
    });
  }, 90_000);
  afterAll(() => loop.close(), 60_000);

  it('catches up every day that is due in one start, and days without bars are passed over', async () => {
    expect(await start()).toMatchObject({ outcome: 'ran', windows: 4 });
    // Would notice a cycle for 1 and 2 January, which had no bars and could only wait for a person.
    expect(await ran()).toEqual(['01-03', '01-04', '01-05', '01-06']);
  }, 60_000);

  it('does nothing while no bar is new: a day without one may only be late', async () => {
    expect(await start()).toEqual({ outcome: 'nothing-due' });
  }, 60_000);

  it('goes on where the last completed window ended, over a holiday', async () => {
    await publish('2012-01-17', '2012-01-17');
    expect(await start()).toMatchObject({ outcome: 'ran', windows: 5 });
    await publish('2012-01-17');
    expect(await start()).toMatchObject({ outcome: 'ran', windows: 1 });

    // Would notice a window that was given up because its bar came a start late.
    expect((await ran()).slice(4)).toEqual(['01-09', '01-10', '01-11', '01-12', '01-13', '01-17']);
  }, 60_000);

  it('records which stages its settings let it go without', async () => {
    const stages = await listStages(loop.session.pool, 'cycle/buy-and-hold/2012-01-17_2012-01-18');

    expect(stages.map(({ stage, status, cause }) => [stage, status, cause])).toEqual([
      ['collect', 'completed', null],
      ['trade', 'completed', null],
      ['analyze', 'skipped', 'by policy: analyze every 21 bars, 9 since the last'],
      ['retrain', 'skipped', 'by policy: retrain is left to people'],
      ['roll-out', 'skipped', 'by policy: retrain is left to people'],
    ]);
  });

  it('lets the next window tell people that the feed is broken', async () => {
    const { client, pool } = loop.session;
    const id = 'cycle/buy-and-hold/2012-01-18_2012-01-19';
    await writeFile(feed, 'this is no price file\n');
    const started = start().catch((error: unknown) => error);
    await until('the cycle waits', async () => (await readWaiting(pool, STRATEGY)).length === 1);

    const [waiting] = await readWaiting(pool, STRATEGY);
    expect(waiting).toMatchObject({ cycleId: id, stage: 'collect' });
    await until('it has waited for a while', async () => {
      const [now] = await readWaiting(pool, STRATEGY);
      return (now?.ageMs ?? 0) > 3000;
    });
    await publish('2012-01-18');
    await client.workflow.getHandle(id).executeUpdate('retryStage', {
      args: [{ stage: 'collect', reason: 'mended', actor: 'ada' }],
    });
    await started;

    const { stagesMs, waitedMs } = await client.workflow
      .getHandle(id)
      .query<CycleStatusView>('cycleStatus');
    const [collect] = await listStages(pool, id);
    const wholeMs = Date.parse(collect?.endedAt ?? '') - Date.parse(collect?.startedAt ?? '');
    expect(waitedMs.collect).toBeGreaterThan(3000);
    expect(collect?.waitedMs).toBeGreaterThan(3000);
    // Would notice a stage whose own time holds the time that it waited, in both places.
    expect((stagesMs.collect ?? 0) + (waitedMs.collect ?? 0)).toBeLessThan(wholeMs + 2500);
    expect((collect?.ms ?? 0) + (collect?.waitedMs ?? 0)).toBeCloseTo(wholeMs, -1);
    expect(await readWaiting(pool, STRATEGY)).toEqual([]);
  }, 60_000);

  it('shows no stage of an aborted cycle as waiting', async () => {
    const { client, pool } = loop.session;
    const id = 'cycle/buy-and-hold/2012-01-19_2012-01-20';
    await writeFile(feed, 'this is no price file\n');
    const started = start().catch((error: unknown) => error);
    await until('the cycle waits', async () => (await readWaiting(pool, STRATEGY)).length === 1);
    await client.workflow
      .getHandle(id)
      .executeUpdate('abortCycle', { args: [{ reason: 'wrong file', actor: 'ada' }] });
    expect(await started).toBeInstanceOf(Error);

    const [collect] = await listStages(pool, id);
    expect(collect?.status).toBe('aborted');
    expect(collect?.cause).toMatch(/^aborted by ada: wrong file; it had failed with JobBadInput/);

    await publish('2012-01-19');
    expect(await start()).toMatchObject({ outcome: 'ran', windows: 1 });
    const [again] = await listStages(pool, id);
    expect(again).toMatchObject({ status: 'completed', waitedMs: 0 });
  }, 90_000);
});
