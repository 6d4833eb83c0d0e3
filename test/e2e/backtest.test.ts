import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning } from '../../adapters/launchers/process-table.ts';
import type { ProcessIdentity } from '../../adapters/launchers/process-table.ts';
import { descendantsOf } from '../support/processes.ts';
import { differences, GOLDEN_BACKTESTS, MARKETS } from '../support/golden-backtests.ts';
import { strategyLoop } from '../support/command.ts';
import { ROOT } from '../support/repository.ts';
import { runCommand } from '../support/run-command.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';
import type { Backtest } from '../../jobs/backtest/backtest-document.ts';

const RUN = ['--strategy', 'rsi-macd', '--data', MARKETS.sp500, '--fee-bps', '1'] as const;
const FUTURE = `${ROOT}/test/fixtures/futures/synthetic.csv`;
const BASE = { rsiPeriod: 14, rsiEntry: 50, macdFast: 12, macdSlow: 26, macdSignal: 9 };

describe('strategy-loop backtest', () => {
  it('prints the reference case', async () => {
    const golden = GOLDEN_BACKTESTS.find(({ market }) => market === 'sp500');
    if (golden === undefined) throw new Error('there is no golden case');
    const options = ['--params', JSON.stringify(BASE), '--initial-cash', '1000000'];
    const more = ['--warm-up', '250', '--sizing', 'all-in', '--include', 'indicators,equity'];

    const { exitCode, document } = await strategyLoop(
      'backtest',
      ...RUN,
      ...options,
      ...more,
      '--json',
    );

    const found = document as Backtest;
    expect(exitCode).toBe(0);
    expect(differences(golden, found)).toEqual([]);
    expect(found.bars).toBe(5105);
    expect(found.finalEquity).toBeCloseTo(1_140_917.6677, 4);
    expect(found.trades.filter(({ exitIndex }) => exitIndex !== null)).toHaveLength(189);
    expect(found.equity).toHaveLength(5105);
  });

  it('prints forecasts and equity of a futures account', async () => {
    const words = ['--strategy', 'ewmac-carry', '--data', FUTURE, '--fee-bps', '1'];
    const include = ['--initial-cash', '1000000', '--include', 'forecasts,equity', '--json'];

    const { exitCode, document } = await strategyLoop('backtest', ...words, ...include);

    const { forecasts, equity, finalEquity } = document as Backtest;
    expect(exitCode).toBe(0);
    // The first golden case of test/fixtures/golden/ewmac-carry.json, computed with pandas.
    expect(finalEquity).toBeCloseTo(2_051_944.061_686, 4);
    expect(equity).toHaveLength(900);
    expect(forecasts?.[9]).toEqual({
      index: 9,
      time: '2015-01-16',
      byRule: { ewmac16_64: null, ewmac32_128: null, ewmac64_256: null, carry: null },
      combined: null,
      position: null,
      held: 0,
    });
    expect(forecasts?.[110]).toMatchObject({ held: expect.closeTo(84.194_033_330_19, 9) });
  });

  it('sweeps a futures strategy, the same on one thread and on two', async () => {
    const sets = join(await scratchDirectory('futures-sweep'), 'sets.json');
    writeFileSync(
      sets,
      JSON.stringify([{}, { carry: { weight: 0.5 } }, { targetVolatility: 0.1 }]),
    );
    const words = ['--strategy', 'ewmac-carry', '--data', FUTURE, '--fee-bps', '1'];
    const sweep = (threads: string) =>
      strategyLoop('sweep', ...words, '--params-file', sets, '--threads', threads, '--json');

    const [one, two] = [await sweep('1'), await sweep('2')];

    expect(two.stdout).toBe(one.stdout);
    expect((one.document as { finalEquity: number }[])[0]?.finalEquity).toBeCloseTo(
      2_051_944.061_686,
      4,
    );
  });

  it('prints figures for people', async () => {
    const { stdout } = await strategyLoop('backtest', ...RUN, '--params', JSON.stringify(BASE));

    expect(stdout).toMatch(/final equity\s+1140917\.67/);
  });

  it.each<[string, readonly string[], number, RegExp]>([
    ['an unknown strategy', ['--strategy', 'rsi-mcd'], 65, /was "rsi-mcd".*Did you mean rsi-macd/],
    ['an unknown parameter', ['--params', '{"rsiPerod":14}'], 65, /Did you mean rsiPeriod/],
    ['bad JSON', ['--params', '{'], 65, /--params must be JSON/],
    ['a missing file', ['--data', '/nowhere.csv'], 65, /--data must name.*\/nowhere\.csv.*ENOENT/],
    [
      'a warm-up longer than the data',
      ['--warm-up', '9999'],
      65,
      /--warm-up must be less than the 5105/,
    ],
    ['a fee that is no number', ['--fee-bps', 'x'], 64, /fee-bps.*must be a number from 0/],
    ['cash of nothing', ['--initial-cash', '0'], 64, /initial-cash.*above 0/],
    ['an unknown part', ['--include', 'equty'], 64, /include.*indicators, forecasts, equity/],
    ['an unknown option', ['--param', '{}'], 64, /Did you mean/],
  ])('refuses %s in one error', async (_, options, exitCode, message) => {
    const result = await strategyLoop('backtest', ...RUN, ...options);

    expect(result.exitCode).toBe(exitCode);
    expect(result.stderr).toMatch(message);
    expect(result.stdout).toBe('');
  });
});

describe('strategy-loop sweep', () => {
  let sets = '';
  let many = '';
  beforeAll(async () => {
    const directory = await scratchDirectory('sweep');
    sets = join(directory, 'sets.json');
    many = join(directory, 'many.json');
    const periods = Array.from({ length: 40 }, (_, index) => ({ ...BASE, rsiPeriod: index + 2 }));
    writeFileSync(sets, JSON.stringify(periods));
    writeFileSync(many, JSON.stringify(Array.from({ length: 20_000 }, () => ({}))));
  });

  it.each(['rsi-macd', 'buy-and-hold'])(
    'prints the same bytes with one thread and with two: %s',
    async (strategy) => {
      const file = strategy === 'rsi-macd' ? sets : many.replace('many', 'few');
      if (strategy !== 'rsi-macd') writeFileSync(file, JSON.stringify([{}, {}, {}]));
      const run = (threads: string) =>
        strategyLoop(
          'sweep',
          ...RUN,
          '--strategy',
          strategy,
          '--params-file',
          file,
          '--threads',
          threads,
          '--json',
        );

      const [one, two] = [await run('1'), await run('2')];

      expect(one.exitCode).toBe(0);
      expect(two.stdout).toBe(one.stdout);
      expect(one.document).toHaveLength(strategy === 'rsi-macd' ? 40 : 3);
    },
  );

  it('agrees with backtest', async () => {
    const swept = await strategyLoop('sweep', ...RUN, '--params-file', sets, '--json');
    const params = JSON.stringify({ ...BASE, rsiPeriod: 9 });
    const { document } = await strategyLoop('backtest', ...RUN, '--params', params, '--json');

    const { finalEquity, maxDrawdown, trades } = document as Backtest;
    expect((swept.document as unknown[])[7]).toEqual({
      params: { ...BASE, rsiPeriod: 9 },
      finalEquity,
      maxDrawdown,
      trades: trades.filter(({ exitIndex }) => exitIndex !== null).length,
    });
  });

  it('ends at Ctrl-C with nothing written and no process left', async () => {
    let stopped = 0;
    let started: readonly ProcessIdentity[] = [];
    const words = ['sweep', ...RUN, '--strategy', 'buy-and-hold', '--params-file', many];
    const { exitCode, stdout, stderr } = await runCommand(
      [process.execPath, 'bin/strategy-loop.js', ...words],
      {
        onOutput: (text, pid) => {
          if (stopped !== 0 || !text.includes('parameter sets done')) return;
          stopped = pid;
          started = descendantsOf(pid);
          process.kill(pid, 'SIGINT');
        },
      },
    );

    expect(stopped).not.toBe(0);
    expect(exitCode).toBe(130);
    expect(stdout).toBe('');
    expect(stderr).toContain('interrupted; nothing was written');
    expect(started).not.toEqual([]);
    expect(started.filter(isRunning)).toEqual([]);
  });

  it('refuses a pipe of the shell, which another process could not read', async () => {
    const words = ['sweep', ...RUN, '--params-file', '/dev/fd/63', '--json'];
    const result = await strategyLoop(...words);

    expect(result.exitCode).toBe(64);
    expect(result.stderr).toContain('it must be a file, not a pipe: write it to a file first');
  });

  it.each([
    ['--report', '/dev/fd/63'],
    ['--out', '/dev/stdout'],
  ])('refuses for %s what no file can be put in the place of', async (option, path) => {
    const result = await strategyLoop('backtest', ...RUN, option, path, '--force');

    expect(result.exitCode).toBe(64);
    expect(result.stderr).toContain(
      'it must be a file or a folder to write, not a pipe or a device',
    );
  });

  it.each<[string, string, RegExp]>([
    ['an object', '{}', /must be an array of parameter sets/],
    ['no JSON', '[{', /--params-file bad\.json must be JSON/],
    ['a wrong set', '[{}, {"rsiPeriod": 1}]', /parameter set 1: .*rsiPeriod must be >= 2, was 1/],
  ])('refuses %s in one error', async (_, text, message) => {
    const bad = sets.replace('sets.json', 'bad.json');
    writeFileSync(bad, text);

    const result = await strategyLoop('sweep', ...RUN, '--params-file', bad, '--json');

    expect(result.exitCode).toBe(65);
    expect(result.stderr).toMatch(message);
    expect(result.document).toMatchObject({ error: { exitCode: 65 } });
  });
});
