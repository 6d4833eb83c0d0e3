import { execFile } from 'node:child_process';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { csvSettings, demoSettings } from '../../cli/defaults.ts';
import { packagePath } from '../../cli/package-path.ts';
import { findTemporalBinary } from '../../infra/local/temporal-binary.ts';
import type { CycleStatusView } from '../../schemas/message.ts';
import { until, YEAR_2012 } from '../support/loop.ts';
import type { TestLoop, TestWorker } from '../support/loop.ts';
import { openPreparedLoop } from '../support/prepared-loop.ts';

const run = promisify(execFile);
const STRATEGY = 'rsi-macd';
const SP500 = packagePath('node_modules/vega-datasets/data/sp500-2000.csv');

describe('a stage that fails', () => {
  let loop: TestLoop;
  let worker: TestWorker;
  let temporal: string;
  let feed: string;
  let id: string;

  beforeAll(async () => {
    temporal = await findTemporalBinary({ onProgress: () => undefined });
  });

  beforeEach(async () => {
    loop = await openPreparedLoop(STRATEGY);
    feed = join(loop.dataDirectory, 'prices.csv');
    await copyFile(SP500, feed);
    worker = await loop.startWorker();
    // From now on the bars come from a file that the test can break and mend.
    await loop.register({ ...demoSettings(STRATEGY), feed: { kind: 'csv', path: feed } });
  }, 60_000);

  afterEach(async () => {
    await worker.stop();
    await loop.close();
  }, 60_000);

  /** The official command line, as an operator would type it. */
  async function cli(...words: string[]): Promise<string> {
    const { stdout } = await run(temporal, [
      'workflow',
      ...words,
      '--address',
      loop.session.stack.temporalAddress,
      '--workflow-id',
      id,
    ]);
    return stdout;
  }

  async function status(): Promise<CycleStatusView> {
    return loop.session.client.workflow.getHandle(id).query<CycleStatusView>('cycleStatus');
  }

  async function startBroken(): Promise<void> {
    await writeFile(feed, 'date,open,high,low,close,volume\n2012-01-03,10,9,8,9,1\n');
    id = await loop.startCycle(STRATEGY, YEAR_2012);
    await until('the cycle waits', async () => (await status()).status === 'AwaitingOperator');
  }

  const decision = (stage: string): string =>
    JSON.stringify({ stage, reason: 'the file is mended', actor: 'ada' });

  it('waits, says why, and completes after `temporal workflow update execute`', async () => {
    await startBroken();

    const seen = await status();
    expect(seen.stage).toBe('collect');
    expect(seen.cause).toMatch(/^JobBadInput: .*line 2/);
    await until('the waiting cycle can be listed', async () => {
      const query = `StageStatus = 'AwaitingOperator' and StrategyId = '${STRATEGY}'`;
      const address = loop.session.stack.temporalAddress;
      const words = ['workflow', 'list', '--query', query, '--address', address];
      return (await run(temporal, words)).stdout.includes(id);
    });

    await copyFile(SP500, feed);
    await cli('update', 'execute', '--name', 'retryStage', '--input', decision('collect'));
    const summary = await loop.result(id);

    expect(summary.stages.collect.status).toBe('completed');
    const { rows } = await loop.session.pool.query(
      'select stage, action, reason, actor from operator_actions where cycle_id = $1',
      [id],
    );
    expect(rows).toEqual([
      { stage: 'collect', action: 'retry', reason: 'the file is mended', actor: 'ada' },
    ]);
  }, 90_000);

  it('completes without a challenger after `temporal workflow signal` skips retrain', async () => {
    await loop.register({ ...demoSettings(STRATEGY), trainer: { patience: 3 } });
    id = await loop.startCycle(STRATEGY, YEAR_2012);
    await until('the cycle waits', async () => (await status()).status === 'AwaitingOperator');
    const seen = await status();
    expect(seen.stage).toBe('retrain');
    expect(seen.cause).toMatch(/patience/);

    await cli('signal', '--name', 'skipStage', '--input', decision('retrain'));
    const summary = await loop.result(id);

    expect(summary.stages.retrain.status).toBe('skipped');
    expect(summary.challenger).toMatchObject({ version: null, reason: 'retrain was skipped' });
  }, 90_000);

  it('completes after `temporal workflow reset`, and earlier stages are not done again', async () => {
    await startBroken();
    await copyFile(SP500, feed);
    const { events } = await loop.session.client.workflow.getHandle(id).fetchHistory();
    const before = (events ?? []).find(
      (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'launchCollect',
    );
    const task = Number(before?.activityTaskScheduledEventAttributes?.workflowTaskCompletedEventId);

    await cli('reset', '--event-id', String(task), '--reason', 'mended');
    const summary = await loop.result(id);

    expect(summary.stages.rollOut.status).toBe('completed');
  }, 90_000);

  it('refuses decisions that do not fit, each with a sentence', async () => {
    await startBroken();

    const refusals: [string, object, RegExp][] = [
      [
        'retryStage',
        { stage: 'trade', reason: 'x', actor: 'ada' },
        /waits is .{1,3}collect.{1,5}not .{1,3}trade/,
      ],
      ['retryStage', { stage: 'collect', reason: '', actor: 'ada' }, /a decision needs/],
      ['skipStage', { stage: 'trade', reason: 'x', actor: 'ada' }, /waits is .{1,3}collect/],
    ];
    for (const [name, input, expected] of refusals) {
      const text = JSON.stringify(input);
      await expect(cli('update', 'execute', '--name', name, '--input', text)).rejects.toThrow(
        expected,
      );
    }
    expect((await status()).status).toBe('AwaitingOperator');
  }, 90_000);

  it('ends the cycle when it is aborted, and the same window may start again', async () => {
    await startBroken();

    await cli(
      'update',
      'execute',
      '--name',
      'abortCycle',
      '--input',
      JSON.stringify({ reason: 'bad file', actor: 'ada' }),
    );
    await expect(loop.result(id)).rejects.toThrow();
    await copyFile(SP500, feed);
    await loop.startCycle(STRATEGY, YEAR_2012);
    const summary = await loop.result(id);

    expect(summary.stages.trade.status).toBe('completed');
    await expect(loop.startCycle(STRATEGY, YEAR_2012)).rejects.toThrow(/already/);
  }, 90_000);
});

describe('csvSettings', () => {
  it('names the series after the file', () => {
    const seriesId = (path: string): string => csvSettings(STRATEGY, path).seriesId;

    expect(seriesId('/data/My Prices.csv')).toMatch(/^csv-my-prices-[0-9a-f]{6}$/);
    expect(seriesId('/a/prices.csv')).not.toBe(seriesId('/b/prices.csv'));
  });
});
