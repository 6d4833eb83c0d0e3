import {
  openPortfolio,
  type PortfolioBar,
  type PortfolioInstrument,
  type PortfolioInstruction,
  type PortfolioOptions,
  type PortfolioOrder,
} from '../../engine/index.ts';
import type { Bar } from '../../schemas/bar.ts';
import { dayAt } from './bars.ts';

/** A bar that opens and closes at given prices and has room for limits around them. */
export function quietBar(time: string, open: number, close = open): Bar {
  const [low, high] = [Math.min(open, close) - 1, Math.max(open, close) + 1];
  return { time, open, high, low, close, volume: 1_000_000 };
}

/** One moment a day from prices, `[open, close]` or both at once, by instrument. */
export function quietDays(
  ...days: Readonly<Record<string, number | readonly [number, number]>>[]
): PortfolioBar[] {
  return days.map((prices, index) => {
    const time = dayAt(index);
    const bars = Object.entries(prices).map(([id, price]) => {
      const [open, close] = typeof price === 'number' ? [price, price] : price;
      return [id, quietBar(time, open, close)] as const;
    });
    return { time, bars: Object.fromEntries(bars) };
  });
}

/** An instrument without costs. */
export function costless(
  instrumentId: string,
  over: Partial<PortfolioInstrument> = {},
): PortfolioInstrument {
  const none = { feeBps: 0, halfSpreadBps: 0, participation: null };
  return { instrumentId, multiplier: 1, ...none, ...over };
}

/** Gives instructions at the closes of given days, by their index. */
export function script(
  days: Readonly<Record<number, readonly PortfolioInstruction[]>>,
): NonNullable<PortfolioOptions['decide']> {
  const byTime = new Map(
    Object.entries(days).map(([index, orders]) => [dayAt(Number(index)), orders]),
  );
  return ({ time }) => byTime.get(time) ?? [];
}

/** An order at the next open. */
export function market(instrumentId: string, units: number): PortfolioOrder {
  return { instrumentId, type: 'market', units, price: null };
}

/** A run of alpha at a price of 100, with 10,000 in cash, in which nothing happens. */
export function quietOptions(over: Partial<PortfolioOptions> = {}): PortfolioOptions {
  return {
    instruments: [costless('alpha')],
    bars: quietDays({ alpha: 100 }, { alpha: 100 }, { alpha: 100 }),
    state: openPortfolio(10_000),
    grossMax: 10,
    ...(over.sleeves === undefined ? { decide: () => [] } : {}),
    ...over,
  };
}
