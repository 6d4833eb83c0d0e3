/**
 * A portfolio on bars that are made while it walks, as a program: `run-portfolio.js INSTRUMENTS BARS`.
 * Every instrument changes its position every twenty bars. It prints bars, fills and final equity.
 */
import { openPortfolio } from '../../engine/portfolio/open-portfolio.ts';
import { runPortfolio } from '../../engine/portfolio/run-portfolio.ts';
import type { PortfolioBar, PortfolioOrder } from '../../engine/portfolio/portfolio-types.ts';
import { xoshiro } from '../../engine/random.ts';
import type { Bar } from '../../schemas/bar.ts';

const REBALANCE_BARS = 20;
const DAY_MS = 86_400_000;
const [instruments = 0, bars = 0] = process.argv.slice(2).map(Number);
const ids = Array.from({ length: instruments }, (_, at) => `instrument-${String(at)}`);

function* market(): Generator<PortfolioBar> {
  const random = xoshiro(42);
  const prices = ids.map(() => 100);
  for (let t = 0; t < bars; t += 1) {
    const time = new Date(t * DAY_MS).toISOString();
    const entries = ids.map((id, at): [string, Bar] => {
      const open = prices[at] as number;
      const close = open * (0.99 + 0.02 * random.uniform());
      prices[at] = close;
      const [high, low] = [Math.max(open, close), Math.min(open, close)];
      return [id, { time, open, high, low, close, volume: 1e6 }];
    });
    yield { time, bars: Object.fromEntries(entries) };
  }
}

let bar = -1;
const { fills, ledger, equity } = runPortfolio({
  instruments: ids.map((instrumentId) => ({
    instrumentId,
    ...{ multiplier: 1, feeBps: 1, halfSpreadBps: 1, participation: null },
  })),
  bars: market(),
  state: openPortfolio(1e6 * instruments),
  grossMax: 1,
  decide: ({ positions }) => {
    bar += 1;
    return ids.flatMap((instrumentId, at): PortfolioOrder[] => {
      if ((bar + at) % REBALANCE_BARS !== 0) return [];
      const units = (positions[instrumentId] ?? 0) > 0 ? -100 : 100;
      return [{ instrumentId, type: 'market', units, price: null }];
    });
  },
});
const document = { bars: instruments * bars, fills: fills.length, entries: ledger.length };
process.stdout.write(`${JSON.stringify({ ...document, finalEquity: equity.at(-1) })}\n`);
