import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../../infra/local/port.ts';
import { npm, firstDocument, startStrategyLoop, strategyLoop } from '../support/command.ts';
import type { CommandResult } from '../support/command.ts';
import { until } from '../support/loop.ts';
import { ROOT } from '../support/repository.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const SP500 = join(ROOT, 'node_modules', 'vega-datasets', 'data', 'sp500-2000.csv');
const CYCLE_2012 = 'cycle/rsi-macd/2012-01-01_2013-01-01';

interface CycleView {
  readonly cycle: { readonly status: string };
  readonly stages: readonly { readonly stage: string; readonly status: string }[];
}

/** Every command that the docs show, run as its reader would run it. */
describe('strategy-loop', () => {
  let dataDirectory: string;
  let up: ChildProcess;
  let replayed: CommandResult;

  /** Runs a command on the stack of `up` and expects it to succeed. */
  async function run(...words: string[]): Promise<unknown> {
    const result = await strategyLoop(...words, '--data-dir', dataDirectory, '--json');
    expect({ words, ...result }).toMatchObject({ exitCode: 0 });
    return result.document;
  }

  /** Runs a command that is to end with another exit code. */
  async function runFailing(exitCode: number, ...words: string[]): Promise<string> {
    const result = await strategyLoop(...words, '--data-dir', dataDirectory, '--json');
    expect({ words, ...result }).toMatchObject({ exitCode });
    return result.stderr;
  }

  async function status(id: string): Promise<CycleView> {
    return (await run('cycle', 'status', id)) as CycleView;
  }

  beforeAll(async () => {
    dataDirectory = join(await scratchDirectory('commands'), 'data');
    const ports = await freePorts(2);
    const options = ['--temporal-port', String(ports[0]), '--ui-port', String(ports[1])];
    up = startStrategyLoop('up', ...options, '--data-dir', dataDirectory, '--json');
    await firstDocument(up);
    const first = ['replay', '--strategy', 'rsi-macd', '--cycles', '1'];
    replayed = await strategyLoop(...first, '--data-dir', dataDirectory, '--json');
  }, 120_000);

  afterAll(async () => {
    if (up.exitCode !== null) return;
    up.kill('SIGINT');
    await once(up, 'exit');
  }, 60_000);

  it('replays history and prints one document about it', () => {
    expect(replayed).toMatchObject({ exitCode: 0 });
    expect(replayed.document).toMatchObject({
      strategy: 'rsi-macd',
      cycles: [
        {
          cycleId: CYCLE_2012,
          window: { from: '2012-01-01', to: '2013-01-01' },
          stages: {
            collect: { status: 'completed' },
            trade: { status: 'completed' },
            analyze: { status: 'completed' },
            retrain: { status: 'completed' },
            rollOut: { status: 'completed' },
          },
          championVersion: 1,
        },
      ],
    });
  });

  it('shows cycles, releases and the report', async () => {
    expect(await run('cycle', 'list', '--strategy', 'rsi-macd')).toMatchObject({
      cycles: expect.arrayContaining([expect.objectContaining({ cycleId: CYCLE_2012 })]),
    });
    expect((await status(CYCLE_2012)).stages).toHaveLength(5);
    expect(await run('release', 'list')).toMatchObject({
      releases: [{ version: 1, manifest: { strategyId: 'rsi-macd' } }],
    });
    expect(await run('release', 'show', '--strategy', 'rsi-macd')).toMatchObject({ version: 1 });
    const { path } = (await run('report', 'path')) as { path: string };
    expect(existsSync(path)).toBe(true);
  });

  it('retrains by hand', async () => {
    const window = ['--train-from', '2010-01-01', '--train-to', '2014-06-01'];
    const settings = ['--set', 'candidates=40', '--seed', '11', '--roll-out'];

    const document = await run('retrain', '--strategy', 'rsi-macd', ...window, ...settings);

    expect(document).toMatchObject({
      strategy: 'rsi-macd',
      verdict: { reason: expect.any(String) },
    });
  });

  it('starts cycles by the clock', async () => {
    const strategy = ['--strategy', 'rsi-macd'];
    const clock = ['--cron', '0 */12 * * *', '--clock', 'replay', '--paused'];

    await run('schedule', 'create', ...strategy, ...clock);
    await run('schedule', 'trigger', ...strategy);
    await until('the triggered cycle is listed', async () => {
      const { cycles } = (await run('cycle', 'list', ...strategy)) as {
        cycles: readonly { cycleId: string; status: string }[];
      };
      return cycles.some(
        ({ cycleId, status }) =>
          cycleId.includes('2013-01-01_2014-01-01') && status === 'completed',
      );
    });
    await run('schedule', 'resume', ...strategy);
    await run('schedule', 'pause', ...strategy, '--reason', 'holiday');
    expect(await run('schedule', 'list')).toMatchObject({
      schedules: [{ scheduleId: 'schedule/rsi-macd', paused: true, note: 'holiday' }],
    });
    await run('schedule', 'delete', ...strategy);
    expect(await run('schedule', 'list')).toEqual({ schedules: [] });
  }, 120_000);

  it('lets an operator decide about a stage that failed', async () => {
    const feed = join(dataDirectory, '..', 'prices.csv');
    const strategy = ['--strategy', 'ml-forecast'];
    const start = ['cycle', 'start', ...strategy, '--from', '2013-01-01', '--to', '2014-01-01'];
    const id = 'cycle/ml-forecast/2013-01-01_2014-01-01';
    const shows = (state: string): Promise<void> =>
      until(`${id} shows ${state}`, async () => {
        const { cycle, stages } = await status(id);
        return [cycle.status, ...stages.map((each) => `${each.stage} ${each.status}`)].includes(
          state,
        );
      });
    await copyFile(SP500, feed);
    await run('replay', ...strategy, '--csv', feed, '--cycles', '1');
    await writeFile(feed, 'date,open,high,low,close\n2012-01-03,10,9,8,9\n');

    expect(await runFailing(65, ...start)).toContain(`cycle retry ${id}`);
    expect((await status(id)).cycle.status).toBe('awaiting-operator');
    // The last dataset ends where this window begins, so that there is nothing to trade.
    const skip = ['cycle', 'skip', id, '--reason', 'use the bars that are there'];
    expect(await runFailing(65, ...skip)).toContain('collect cannot be skipped: there are no bars');
    await shows('collect awaiting-operator');
    await run('cycle', 'abort', id, '--reason', 'wrong file');
    await shows('aborted');

    await runFailing(65, ...start);
    await copyFile(SP500, feed);
    await run('cycle', 'retry', id, '--reason', 'file mended');
    await shows('completed');
    await runFailing(65, 'cycle', 'retry', id, '--reason', 'once more');
  }, 120_000);

  it('stops with Ctrl-C', async () => {
    up.kill('SIGINT');

    const [exitCode] = (await once(up, 'exit')) as [number | null];

    expect(exitCode).toBe(0);
    await runFailing(69, 'schedule', 'list');
  }, 60_000);

  it('runs the demo with `npm start` and leaves nothing running', async () => {
    const elsewhere = join(await scratchDirectory('demo'), 'data');

    const demo = await npm('start', '--', '--cycles', '1', '--data-dir', elsewhere);

    expect(demo).toMatchObject({
      exitCode: 0,
      // Shown when it fails.
      stderr: expect.not.stringContaining('error:'),
    });
    expect(demo.stdout).toContain('rsi-macd');
    expect(demo.stdout).toContain('ml-forecast');
  }, 120_000);
});
