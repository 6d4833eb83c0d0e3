import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../../infra/local/port.ts';
import { firstDocument, startStrategyLoop, strategyLoop } from '../support/command.ts';
import { until } from '../support/loop.ts';
import { ROOT } from '../support/repository.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const EXAMPLE = join(ROOT, 'examples', 'strategies.yaml');
const SP500 = join(ROOT, 'node_modules', 'vega-datasets', 'data', 'sp500-2000.csv');
const STRATEGY = 'rsi-macd-spx';
const CYCLE = 'cycle/rsi-macd-spx/2012-01-03_2012-01-04';

interface Plan {
  readonly isApplied: boolean;
  readonly changes: readonly {
    readonly strategyId: string;
    readonly kind: string;
    readonly fields: readonly {
      readonly field: string;
      readonly from: unknown;
      readonly to: unknown;
    }[];
  }[];
  readonly schedules: readonly { readonly strategyId: string; readonly action: string }[];
}

interface Schedules {
  readonly schedules: readonly { readonly strategyId: string; readonly paused: boolean }[];
}

describe('strategy-loop apply', () => {
  let folder: string;
  let dataDirectory: string;
  let file: string;
  let up: ChildProcess;

  async function run<T>(...words: string[]): Promise<T> {
    const result = await strategyLoop(...words, '--data-dir', dataDirectory, '--json');
    expect({ words, ...result }).toMatchObject({ exitCode: 0 });
    return result.document as T;
  }

  async function runFailing(exitCode: number, ...words: string[]): Promise<string> {
    const result = await strategyLoop(...words, '--data-dir', dataDirectory, '--json');
    expect({ words, ...result }).toMatchObject({ exitCode });
    return result.stderr;
  }

  const apply = (...words: string[]): Promise<Plan> => run('apply', '-f', file, ...words);

  /** Changes the file as an editor would. */
  async function edit(was: string, now: string): Promise<void> {
    const text = await readFile(file, 'utf8');
    expect(text).toContain(was);
    await writeFile(file, text.replace(was, now));
  }

  beforeAll(async () => {
    folder = await scratchDirectory('apply');
    dataDirectory = join(folder, 'data');
    file = join(folder, 'strategies.yaml');
    await copyFile(EXAMPLE, file);
    await copyFile(SP500, join(folder, 'sp500-2000.csv'));
    await edit('../node_modules/vega-datasets/data/', '');
    const ports = await freePorts(2);
    const options = ['--temporal-port', String(ports[0]), '--ui-port', String(ports[1])];
    up = startStrategyLoop('up', ...options, '--data-dir', dataDirectory, '--json');
    await firstDocument(up);
  }, 120_000);

  afterAll(async () => {
    if (up.exitCode !== null) return;
    up.kill('SIGINT');
    await once(up, 'exit');
  }, 60_000);

  it('shows what would change and changes nothing', async () => {
    const plan = await apply('--dry-run');

    expect(plan).toMatchObject({
      isApplied: false,
      changes: [
        { strategyId: STRATEGY, kind: 'create' },
        { strategyId: 'rsi-macd-careful', kind: 'create' },
        { strategyId: 'hold-sp500-2000', kind: 'create' },
      ],
    });
    expect(await run('schedule', 'list')).toEqual({ schedules: [] });
  }, 60_000);

  it('asks first, and applies nothing where nobody can be asked', async () => {
    expect(await runFailing(64, 'apply', '-f', file)).toContain('--yes must be given');
    expect(await run('schedule', 'list')).toEqual({ schedules: [] });
  }, 60_000);

  it('applies once, and changes nothing the second time', async () => {
    expect(await apply('--yes')).toMatchObject({ isApplied: true });
    const { schedules } = await run<Schedules>('schedule', 'list');
    expect(schedules.map(({ strategyId, paused }) => [strategyId, paused]).sort()).toEqual([
      ['hold-sp500-2000', true],
      [STRATEGY, true],
    ]);

    expect(await apply('--yes')).toEqual({ isApplied: false, changes: [], schedules: [] });
  }, 60_000);

  it('shows the windows of a schedule that has never started as missing', async () => {
    const show = ['schedule', 'show', '--strategy', STRATEGY];
    const { windows } = await run<{ windows: { expected: number; missing: number } }>(...show);
    const text = await strategyLoop(...show, '--data-dir', dataDirectory);

    // Years of sessions, though no bar is stored yet.
    expect(windows.missing).toBeGreaterThan(3000);
    expect(windows.expected).toBe(windows.missing);
    expect(text.stdout).toMatch(
      /missing windows +\d+ \(no window has run yet\), the first: 2012-01-03 to 2012-01-04/,
    );
  }, 60_000);

  it('shows field by field what changes, and brings back what was changed by hand', async () => {
    await edit('everyBars: 63', 'everyBars: 42');
    await run('schedule', 'resume', '--strategy', STRATEGY);
    const byHand = await strategyLoop(
      ...['schedule', 'create', '--strategy', 'hold-sp500-2000', '--cron', '0 1 * * *'],
      ...['--paused', '--data-dir', dataDirectory],
    );
    expect(byHand).toMatchObject({ exitCode: 0 });
    expect(byHand.stderr).toMatch(/kept by a settings file: the next `strategy-loop apply`/);
    expect(byHand.stdout).toMatch(/hold-sp500-2000 is paused; after .* it starts next at 20/);

    const plan = await apply('--yes');

    expect(plan.changes).toEqual([
      {
        strategyId: STRATEGY,
        kind: 'update',
        fields: [{ field: 'retrain.everyBars', from: 63, to: 42 }],
      },
    ]);
    // Would notice a comparison with what was wanted last, and not with what is there.
    expect(plan.schedules).toEqual([
      { strategyId: STRATEGY, action: 'update' },
      { strategyId: 'hold-sp500-2000', action: 'update' },
    ]);
    const { schedules } = await run<Schedules>('schedule', 'list');
    expect(schedules.map(({ paused }) => paused)).toEqual([true, true]);
    expect(await apply('--yes')).toMatchObject({ isApplied: false });
  }, 90_000);

  it('shows a cycle that waits with its age, and says that a trigger is skipped meanwhile', async () => {
    const strategy = ['--strategy', STRATEGY];
    await run('schedule', 'trigger', ...strategy);
    // There is no release yet, so the first cycle waits for a person.
    await until('the cycle waits', async () => {
      const { waiting } = await run<{ waiting: readonly unknown[] }>('cycle', 'list', '--waiting');
      return waiting.length === 1;
    });

    expect(await run('cycle', 'list', '--waiting')).toMatchObject({
      waiting: [{ cycleId: CYCLE, stage: 'trade', ageMs: expect.any(Number) }],
    });
    expect(await runFailing(1, 'schedule', 'trigger', ...strategy)).toMatch(
      /nothing was started: scheduled\/rsi-macd-spx.* is not done.*has waited for a person for/s,
    );
    expect(await run('schedule', 'show', ...strategy)).toMatchObject({
      strategyId: STRATEGY,
      window: '1d',
      skippedOverlap: 1,
      windows: {
        completed: 0,
        firstMissing: expect.arrayContaining([{ from: '2012-01-03', to: '2012-01-04' }]),
      },
      waiting: { cycleId: CYCLE },
    });
    await run('cycle', 'abort', CYCLE, '--reason', 'no release yet');
    await until('the stage is aborted', async () => {
      const { stages } = await run<{ stages: readonly { stage: string; status: string }[] }>(
        ...['cycle', 'status', CYCLE],
      );
      return stages.some(({ stage, status }) => stage === 'trade' && status === 'aborted');
    });
  }, 120_000);

  it('deletes the schedules that it manages, and no other', async () => {
    const text = await readFile(file, 'utf8');
    await run(
      ...['schedule', 'create', '--strategy', 'ml-forecast', '--cron', '0 1 * * *', '--paused'],
    );
    await writeFile(file, text.slice(0, text.indexOf('  - id: hold')));

    const plan = await apply('--yes');

    expect(plan).toMatchObject({
      changes: [{ strategyId: 'hold-sp500-2000', kind: 'remove' }],
      schedules: [{ strategyId: 'hold-sp500-2000', action: 'delete' }],
    });
    const { schedules } = await run<Schedules>('schedule', 'list');
    // Would notice a deletion of all that the file does not name: that one was made by hand.
    expect(schedules.map(({ strategyId }) => strategyId).sort()).toEqual(['ml-forecast', STRATEGY]);
    expect(await apply('--yes')).toMatchObject({ isApplied: false });
  }, 90_000);

  it('names file, line and the way out for what the installed strategies do not know', async () => {
    await edit('candidates: 40', 'candidate: 40');
    const message = await runFailing(65, 'apply', '-f', file, '--yes');
    await edit('candidate: 40', 'candidates: 40');

    expect(message).toContain('strategies.yaml:13: unknown field strategies.0.trainer.candidate');
    expect(message).toContain('Did you mean candidates?');
    await edit('initialCash: 250000', 'initialCash: 250001');
    await edit('seriesId: sp500-1d', 'seriesId: sp500-new');
    // The first strategy has collected bars of its series; the second has never run.
    expect(await runFailing(65, 'apply', '-f', file, '--yes')).toMatch(
      /seriesId of rsi-macd-spx must stay "sp500-1d"/,
    );
  }, 60_000);

  it('refuses bars of one instrument under the name of another', async () => {
    const other = join(folder, 'other.yaml');
    const entry = '{ id: other, implementation: buy-and-hold, feed: { kind: vega-datasets }';
    const rest = 'seriesId: sp500-1d, instrument: { id: nasdaq } }';
    await writeFile(other, `strategies:\n  - ${entry}, ${rest}\n`);

    expect(await runFailing(65, 'apply', '-f', other, '--yes')).toContain(
      'other.yaml:2: series sp500-1d is one of instrument sp500, not of nasdaq',
    );
  }, 60_000);
});
