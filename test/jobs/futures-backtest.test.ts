import { runBacktest } from '../../jobs/backtest/backtest.ts';
import type { Backtest } from '../../jobs/backtest/backtest-document.ts';
import { loadBars } from '../../jobs/backtest/load-bars.ts';
import { syntheticBars } from '../../jobs/check/scramble.ts';
import type { BacktestRequest } from '../../schemas/backtest.ts';
import type { Bar } from '../../schemas/bar.ts';
import { strategyById } from '../../strategies/registry.ts';
import { NOW, requestOf } from '../support/golden-backtests.ts';
import {
  naiveEwmacCarry,
  type FuturesBar,
  type NaiveParameters,
} from '../support/naive-ewmac-carry.ts';
import { ROOT } from '../support/repository.ts';

const FILE = `${ROOT}/test/fixtures/futures/synthetic.csv`;
const future = loadBars(FILE, NOW);

const PARAMETERS: NaiveParameters = {
  rules: [
    { fast: 16, slow: 64, scalar: 3.75, weight: 0.42 },
    { fast: 32, slow: 128, scalar: 2.65, weight: 0.16 },
    { fast: 64, slow: 256, scalar: 1.87, weight: 0.42 },
  ],
  carry: { scalar: 30, weight: 0, smoothingCom: 90 },
  forecastCap: 20,
  forecastDiversificationMultiplier: 1.1,
  volatility: {
    span: 35,
    minPeriods: 10,
    floorQuantile: 0.05,
    floorWindow: 500,
    floorMinPeriods: 100,
  },
  targetVolatility: 0.2,
  capital: 1_000_000,
  pointValue: 50,
  buffer: { fraction: 0.1, method: 'forecast', tradeTo: 'edge', rounded: false },
  execution: 'nextOpen',
  costPrice: 'adjusted',
};

function backtest(
  parameters: object,
  bars: readonly Bar[] = future,
  over: Partial<BacktestRequest> = {},
): Promise<Backtest> {
  const request = requestOf({
    strategyId: 'ewmac-carry',
    dataFile: FILE,
    parameters: JSON.stringify(parameters),
    sizing: 'target',
    include: ['forecasts', 'equity', 'indicators'],
    ...over,
  });
  return runBacktest(request, strategyById('ewmac-carry'), bars);
}

/** Figures that differ by more than 1e-9, with where they stand; NaN and null are the same. */
function faults(found: Backtest, naive: ReturnType<typeof naiveEwmacCarry>): string[] {
  const rows = found.forecasts as Record<string, number | null | Record<string, number | null>>[];
  const equity = found.equity as { equity: number }[];
  return naive.rows.flatMap(({ byRule, combined, position, held }, t) => {
    const own = rows[t] ?? {};
    const rules = (own['byRule'] ?? {}) as Record<string, number | null>;
    const pairs: [string, number, unknown][] = [
      ['combined', combined, own['combined']],
      ['position', position, own['position']],
      ['held', held, own['held']],
      ['equity', naive.equity[t] ?? Number.NaN, equity[t]?.equity],
      ...Object.entries(byRule).map(([name, value]): [string, number, unknown] => [
        name,
        value,
        rules[name],
      ]),
    ];
    return pairs
      .filter(([, expected, actual]) => !isNear(expected, actual))
      .map(
        ([name, expected, actual]) =>
          `${name}[${String(t)}] ${String(expected)}, was ${String(actual)}`,
      );
  });
}

function isNear(expected: number, actual: unknown): boolean {
  if (Number.isNaN(expected)) return actual === null;
  const size = Math.max(1, Math.abs(expected));
  return typeof actual === 'number' && Math.abs(expected - actual) <= 1e-9 * size;
}

describe('a back-test of ewmac-carry', () => {
  const both = {
    ...PARAMETERS,
    rules: PARAMETERS.rules.map((rule) => ({ ...rule, weight: rule.weight / 2 })),
    carry: { ...PARAMETERS.carry, weight: 0.5 },
    forecastDiversificationMultiplier: 1.31,
  };
  const { buffer } = PARAMETERS;

  it.each<[string, NaiveParameters]>([
    ['trend alone', PARAMETERS],
    ['trend and carry', both],
    ['whole contracts', { ...both, buffer: { ...buffer, rounded: true, tradeTo: 'optimal' } }],
    ['a buffer of the position', { ...PARAMETERS, buffer: { ...buffer, method: 'position' } }],
    ['fills one close later', { ...both, execution: 'closeDelay' }],
    ['costs at the prices of real contracts', { ...both, costPrice: 'contract' }],
  ])('has the figures of its definition, row by row: %s', async (_, parameters) => {
    for (const bars of [future.slice(0, 620), syntheticBars(260, 5)]) {
      const naive = naiveEwmacCarry(bars as readonly FuturesBar[], parameters, 1);

      expect(faults(await backtest(parameters, bars), naive)).toEqual([]);
    }
  });

  it('would notice costs at another price, and another buffer', async () => {
    const naive = naiveEwmacCarry(future as readonly FuturesBar[], both, 1);
    const edge = { ...both, buffer: { ...buffer, tradeTo: 'optimal' } };

    expect(faults(await backtest({ ...both, costPrice: 'contract' }), naive)).not.toEqual([]);
    expect(faults(await backtest(edge), naive)).not.toEqual([]);
  });

  it('has no forecast before bar 10, and holds nothing there', async () => {
    const { forecasts } = await backtest(both);
    const rows = forecasts as { combined: number | null; position: number | null; held: number }[];

    expect(rows.findIndex(({ combined }) => combined !== null)).toBe(10);
    expect(rows.slice(0, 10)).toEqual(
      Array.from(
        { length: 10 },
        () => expect.objectContaining({ combined: null, position: null, held: 0 }) as unknown,
      ),
    );
  });

  it('has trades that add up to its equity, and metrics of a fixed capital', async () => {
    const { trades, finalEquity, metrics, maxDrawdown } = await backtest(both);

    const gain = trades.reduce((total, trade) => total + trade.return, 0);
    expect(gain * 1_000_000).toBeCloseTo(finalEquity - 1_000_000, 4);
    expect(metrics).toMatchObject({ drawdownMax: maxDrawdown, bars: 900 });
    expect(metrics.totalReturn).toBeCloseTo(gain, 9);
    expect(metrics.roundTrips).toBe(trades.filter(({ exitIndex }) => exitIndex !== null).length);
  });

  it('takes an equity below 0, since sizes do not depend on it', async () => {
    const { finalEquity, metrics } = await backtest(
      { ...PARAMETERS, targetVolatility: 5 },
      future,
      {
        costModel: { feeBps: 1000, halfSpreadBps: 0 },
      },
    );

    expect(finalEquity).toBeLessThan(0);
    expect(Number.isFinite(metrics.totalReturn)).toBe(true);
  });

  it.each<[object, Partial<BacktestRequest>, string]>([
    [{}, { sizing: 'all-in' }, '--sizing must be left out for ewmac-carry'],
    [{ execution: 'now' }, {}, 'execution must be one of nextOpen, closeDelay'],
    [{}, { warmUp: 900 }, '--warm-up must be less than the 900 bars'],
  ])('refuses %j with %j', async (change, over, words) => {
    await expect(backtest({ ...PARAMETERS, ...change }, future, over)).rejects.toThrow(words);
  });

  it.each<[string, object]>([
    ['carry.weight above 0', both],
    ['costPrice contract', { ...PARAMETERS, costPrice: 'contract' }],
  ])('refuses a file without a curve for %s', async (words, parameters) => {
    const bare = future.map(({ time, open, high, low, close, volume }) => ({
      ...{ time, open, high, low },
      ...{ close, volume },
    }));

    await expect(backtest(parameters, bare)).rejects.toThrow(
      `synthetic.csv must have the columns price, price_contract, carry and carry_contract for ${words}`,
    );
  });
});
