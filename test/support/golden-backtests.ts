import { readFileSync } from 'node:fs';
import type { Backtest } from '../../jobs/backtest/backtest-document.ts';
import { runBacktest } from '../../jobs/backtest/backtest.ts';
import { loadBars } from '../../jobs/backtest/load-bars.ts';
import type { BacktestRequest } from '../../schemas/backtest.ts';
import type { Bar } from '../../schemas/bar.ts';
import type { ParameterSet } from '../../schemas/primitives.ts';
import { strategyById } from '../../strategies/registry.ts';
import type { Strategy } from '../../strategies/strategy.ts';
import { ROOT } from './repository.ts';

/** What test/fixtures/backtest/reference.py, which shares no code with the engine, found. */
export interface GoldenBacktest {
  readonly market: 'sp500' | 'walk' | 'coarse';
  readonly params: ParameterSet;
  readonly feeBps: number;
  readonly warmUp: number;
  /** Entry and exit index, entry and exit price, return. */
  readonly trades: readonly (readonly [number, number | null, number, number | null, number])[];
  readonly finalEquity: number;
  readonly maxDrawdown: number;
  /** Index, RSI, MACD line, signal line. */
  readonly indicators?: readonly (readonly [number, number | null, number, number])[];
}

export const MARKETS: Readonly<Record<GoldenBacktest['market'], string>> = {
  sp500: `${ROOT}/node_modules/vega-datasets/data/sp500-2000.csv`,
  walk: `${ROOT}/test/fixtures/backtest/walk.csv`,
  coarse: `${ROOT}/test/fixtures/backtest/coarse.csv`,
};

export const GOLDEN_BACKTESTS = JSON.parse(
  readFileSync(`${ROOT}/test/fixtures/backtest/golden.json`, 'utf8'),
) as readonly GoldenBacktest[];

export const NOW = '2026-01-01T00:00:00Z';

const loaded = new Map<string, readonly Bar[]>();

export function marketBars(market: GoldenBacktest['market']): readonly Bar[] {
  const bars = loaded.get(market) ?? loadBars(MARKETS[market], NOW);
  loaded.set(market, bars);
  return bars;
}

export function requestOf(over: Partial<BacktestRequest> = {}): BacktestRequest {
  return {
    command: 'backtest',
    strategyId: 'rsi-macd',
    dataFile: MARKETS.walk,
    modelFile: null,
    costModel: { feeBps: 1, halfSpreadBps: 0 },
    initialCash: 1_000_000,
    warmUp: null,
    sizing: 'all-in',
    now: NOW,
    parameters: '{}',
    include: [],
    ...over,
  };
}

/** Runs a golden case with our engine. */
export function runGolden(
  golden: GoldenBacktest,
  strategy: Strategy = strategyById('rsi-macd'),
): Promise<Backtest> {
  const request = requestOf({
    dataFile: MARKETS[golden.market],
    costModel: { feeBps: golden.feeBps, halfSpreadBps: 0 },
    warmUp: golden.warmUp,
    parameters: JSON.stringify(golden.params),
    include: ['indicators'],
  });
  return runBacktest(request, strategy, marketBars(golden.market));
}

/** A figure, as it must be and as it was. */
type Compared = [what: string, expected: number | null, actual: number | null | undefined];

/** Differences to a golden case, in words; none when all agree to 1e-9. */
export function differences(golden: GoldenBacktest, found: Backtest): string[] {
  const rows: Compared[] = [
    ['trades', golden.trades.length, found.trades.length],
    ['finalEquity', golden.finalEquity, found.finalEquity],
    ['maxDrawdown', golden.maxDrawdown, found.maxDrawdown],
  ];
  for (const [at, [entry, exit, entryPrice, exitPrice, gain]] of golden.trades.entries()) {
    const trade = found.trades[at];
    rows.push(
      [`trade ${String(at)} entryIndex`, entry, trade?.entryIndex],
      [`trade ${String(at)} exitIndex`, exit, trade?.exitIndex],
      [`trade ${String(at)} entryPrice`, entryPrice, trade?.entryPrice],
      [`trade ${String(at)} exitPrice`, exitPrice, trade?.exitPrice],
      [`trade ${String(at)} return`, gain, trade?.return],
    );
  }
  rows.push(...indicatorRows(golden, found));
  return rows
    .filter(([, expected, actual]) => !isNear(expected, actual))
    .map(
      ([what, expected, actual]) => `${what} must be ${String(expected)}, was ${String(actual)}`,
    );
}

function indicatorRows(golden: GoldenBacktest, found: Backtest): Compared[] {
  return (golden.indicators ?? []).flatMap(([index, rsi, macd, signal]): Compared[] => {
    const row = found.indicators?.[index];
    return [
      [`rsi at ${String(index)}`, rsi, row?.['rsi']],
      [`macd at ${String(index)}`, macd, row?.['macd']],
      [`signal at ${String(index)}`, signal, row?.['signal']],
    ];
  });
}

function isNear(expected: number | null, actual: number | null | undefined): boolean {
  if (expected === null || actual === null || actual === undefined) return expected === actual;
  return Math.abs(expected - actual) <= 1e-9 * Math.max(1, Math.abs(expected));
}
