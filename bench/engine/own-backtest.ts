import type { BarColumns } from '../../engine/bar-series.ts';
import { runBacktest } from '../../jobs/backtest/backtest.ts';
import type { Bar } from '../../schemas/bar.ts';
import type { BacktestRequest } from '../../schemas/backtest.ts';
import { strategyById } from '../../strategies/registry.ts';
import type { Runner } from '../peers/interleave.ts';

export const RULES = { warmUp: 250, feeBps: 1, cash: 1_000_000 };
export const PARAMETERS = {
  rsiPeriod: 14,
  rsiEntry: 50,
  macdFast: 12,
  macdSlow: 26,
  macdSignal: 9,
};

/** The reference back-test, as the command asks for it. */
export function referenceRequest(dataFile: string): BacktestRequest {
  return {
    command: 'backtest',
    strategyId: 'rsi-macd',
    dataFile,
    modelFile: null,
    parameters: JSON.stringify(PARAMETERS),
    include: [],
    costModel: { feeBps: RULES.feeBps, halfSpreadBps: 0 },
    initialCash: RULES.cash,
    warmUp: RULES.warmUp,
    sizing: 'all-in',
    now: new Date().toISOString(),
  };
}

/**
 * The whole back-test: indicators, walk with decision log, ledger and risk rules, trades and
 * metrics. The processor's time is that of all threads, the garbage collector's among them.
 */
export function ownRunner(dataFile: string, bars: readonly Bar[] | BarColumns): Runner {
  const strategy = strategyById('rsi-macd');
  const request = referenceRequest(dataFile);
  return {
    name: 'strategy-loop',
    run: async () => {
      const before = process.cpuUsage();
      const start = performance.now();
      const { finalEquity, trades } = await runBacktest(request, strategy, bars);
      const seconds = (performance.now() - start) / 1000;
      const { user, system } = process.cpuUsage(before);
      const closed = trades.filter(({ exitIndex }) => exitIndex !== null).length;
      const cpuSeconds = (user + system) / 1e6;
      return { seconds, cpuSeconds, finalEquity: [finalEquity], trades: [closed] };
    },
    close: () => undefined,
  };
}
