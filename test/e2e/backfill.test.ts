import { removeDirectory, strategyLoop, temporaryDataDirectory } from '../support/run-command.ts';
import { packagePath } from '../../cli/package-path.ts';
import { effectsIn, runBackfillCommand } from '../support/backfill.ts';
import { processesIn } from '../support/processes.ts';

const STRATEGY = 'rsi-macd-spx';
const SPAN = ['--strategy', STRATEGY, '--from', '2012-01-01', '--to', '2012-02-04'];
/** Trading days from 3 January to 3 February 2012: two more than the cadence of the retrains. */
const WINDOWS = 23;

interface Effects {
  readonly cycles: readonly { cycle_id: string; status: string }[];
  readonly stages: readonly { cycle_id: string; stage: string; status: string }[];
}

describe('strategy-loop schedule backfill', () => {
  let through: string;
  let broken: string;

  beforeAll(async () => {
    through = await temporaryDataDirectory();
    broken = await temporaryDataDirectory();
    for (const directory of [through, broken]) {
      const file = packagePath('examples/strategies.yaml');
      await strategyLoop(['apply', '-f', file, '--yes', '--data-dir', directory]);
    }
  }, 90_000);
  afterAll(async () => {
    await removeDirectory(through);
    await removeDirectory(broken);
  });

  it('runs every day that had bars, retrains and reports at its cadence', async () => {
    const result = await runBackfillCommand(through, [...SPAN, '--every', '1d', '--json']);

    expect(result).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(result.stdout)).toMatchObject({
      strategy: STRATEGY,
      ran: WINDOWS,
      windows: { expected: WINDOWS, completed: WINDOWS, withoutBars: 11, missing: 0 },
    });
    const { cycles, stages } = (await effectsIn(through, STRATEGY)) as Effects;
    const days = cycles.filter(({ cycle_id }) => cycle_id.startsWith('cycle/'));
    expect(days).toHaveLength(WINDOWS);
    expect(new Set(days.map(({ status }) => status))).toEqual(new Set(['completed']));
    const count = (stage: string, status: string): number =>
      stages.filter(
        (row) => row.cycle_id.startsWith('cycle/') && row.stage === stage && row.status === status,
      ).length;
    // The first cycle, then every 21 bars, and the last one of the back-fill.
    expect(count('analyze', 'completed')).toBe(3);
    expect(count('retrain', 'skipped')).toBe(WINDOWS);
    expect(count('roll-out', 'skipped')).toBe(WINDOWS);
    expect(count('trade', 'completed')).toBe(WINDOWS);
  }, 240_000);

  it('ends in the same state after Ctrl-C, kill -9 of its worker, and Ctrl-C again', async () => {
    const first = await runBackfillCommand(broken, SPAN, [{ after: 3, how: 'ctrl-c' }]);
    expect(first).toMatchObject({ exitCode: 130, interrupted: 1 });
    expect(first.stderr).toContain('the same command goes on from there');
    expect(processesIn(broken)).toEqual([]);
    const second = await runBackfillCommand(broken, SPAN, [
      { after: 8, how: 'kill-worker' },
      { after: 12, how: 'ctrl-c' },
    ]);
    expect(second).toMatchObject({ exitCode: 130, interrupted: 2 });
    const third = await runBackfillCommand(broken, SPAN);

    expect(third).toMatchObject({ exitCode: 0 });
    expect(third.stderr).toMatch(/\d+ windows are kept from before/);
    // Twelve were done before: would notice a count that holds those of the interrupted commands.
    const now = Number(/23 windows with bars are done, (\d+) of them now/.exec(third.stdout)?.[1]);
    expect(now).toBeGreaterThan(0);
    expect(now).toBeLessThanOrEqual(WINDOWS - 11);
    const effects = await effectsIn(broken, STRATEGY);
    expect(effects).toEqual(await effectsIn(through, STRATEGY));
    expect(JSON.stringify(effects)).toMatch(/"decisions":\[\{"hash":"[0-9a-f]{32}"/);
  }, 400_000);

  it('has nothing to do when all is done, and says what cannot be filled in', async () => {
    const again = await runBackfillCommand(through, [...SPAN, '--json']);
    const earlier = await runBackfillCommand(through, [
      ...['--strategy', STRATEGY, '--from', '2011-12-01', '--to', '2012-02-04'],
    ]);
    const longer = await runBackfillCommand(through, [
      ...['--strategy', STRATEGY, '--from', '2012-01-01', '--to', '2012-12-01', '--every', '3mo'],
    ]);
    const done = await runBackfillCommand(through, [
      ...['--strategy', STRATEGY, '--from', '2012-01-01', '--to', '2012-02-01', '--every', '1mo'],
    ]);

    const without = [
      '--strategy',
      'rsi-macd-careful',
      '--from',
      '2022-01-01',
      '--to',
      '2023-01-01',
    ];
    const empty = await runBackfillCommand(through, [...without, '--every', '1mo']);
    const releases = await strategyLoop([
      ...['release', 'list', '--strategy', 'rsi-macd-careful', '--json'],
      ...['--data-dir', through],
    ]);

    expect(empty.exitCode).toBe(0);
    // Would notice a release on days after the last bar, which no window could ever trade with.
    expect(JSON.parse(releases.stdout)).toMatchObject({ releases: [] });
    expect(JSON.parse(again.stdout)).toMatchObject({ ran: 0, windows: { completed: WINDOWS } });
    expect(earlier.exitCode).toBe(65);
    expect(earlier.stderr).toContain('has traded from 2012-01-03 on');
    expect(longer.exitCode).toBe(65);
    expect(longer.stderr).toContain('the window 2012-01-01 to 2012-04-01, counted from');
    expect(done.exitCode).toBe(65);
    // Would notice a span that is called "not covered by bars" because none of its windows ran.
    expect(done.stderr).toMatch(
      /--every 1mo: the window 2012-01-01 to 2012-02-01, .* overlaps cycle\/rsi-macd-spx\/2012-01-03_2012-01-04, .*\(--every 1d\), or begin at 2012-02-04/,
    );
  }, 120_000);
});
