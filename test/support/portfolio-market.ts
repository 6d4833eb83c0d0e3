import {
  lcg,
  openPortfolio,
  xoshiro,
  type CorporateAction,
  type CurrencyTerms,
  type FuturesChain,
  type PortfolioBar,
  type PortfolioInstruction,
  type PortfolioInstrument,
  type PortfolioOptions,
  type PortfolioSleeve,
} from '../../engine/index.ts';
import type { Bar } from '../../schemas/bar.ts';
import { dayAt, randomBars } from './bars.ts';

export const PORTFOLIO_BARS = 60;

const FUTURE = {
  multiplier: 10,
  feeBps: 1,
  halfSpreadBps: 1,
  participation: null,
  lot: 1,
  tick: 0.01,
  currency: 'EUR',
  settlement: 'variation',
  marginRate: 0.1,
} as const;

/** Stocks in three currencies, with and without lots and ticks, and three contracts of a future. */
export const PORTFOLIO_INSTRUMENTS: readonly PortfolioInstrument[] = [
  {
    instrumentId: 'alpha',
    multiplier: 1,
    feeBps: 1,
    halfSpreadBps: 2,
    participation: null,
    borrowRate: 0.03,
  },
  {
    instrumentId: 'beta',
    multiplier: 50,
    feeBps: 3,
    halfSpreadBps: 0,
    participation: 0.00001,
    currency: 'EUR',
    lot: 0.1,
    tick: 0.01,
    marginRate: 0.5,
  },
  {
    instrumentId: 'gamma',
    multiplier: 0.5,
    feeBps: 0,
    halfSpreadBps: 1,
    participation: 0.00003,
    currency: 'JPY',
    lot: 5,
    tick: 0.05,
    borrowRate: 0.1,
  },
  { instrumentId: 'delta-1', ...FUTURE },
  { instrumentId: 'delta-2', ...FUTURE },
  { instrumentId: 'delta-3', ...FUTURE },
];

export const PORTFOLIO_CHAINS: readonly FuturesChain[] = [
  { chainId: 'delta', contracts: ['delta-1', 'delta-2', 'delta-3'] },
];

export const PORTFOLIO_ACTIONS: readonly CorporateAction[] = [
  { kind: 'roll', time: dayAt(12), chainId: 'delta', to: 'delta-2' },
  { kind: 'split', time: dayAt(18), instrumentId: 'alpha', ratio: 3 },
  { kind: 'dividend', time: dayAt(24), instrumentId: 'beta', perUnit: 0.37 },
  { kind: 'split', time: dayAt(30), instrumentId: 'gamma', ratio: 1.5 },
  { kind: 'split', time: dayAt(36), instrumentId: 'beta', ratio: 0.5 },
  { kind: 'roll', time: dayAt(42), chainId: 'delta', to: 'delta-3' },
  { kind: 'dividend', time: dayAt(48), instrumentId: 'gamma', perUnit: 1.01 },
];

const TYPES = ['market', 'limit', 'stop', 'market-on-close'] as const;

/** The bar with its prices on ticks, as an exchange would report them. */
function onTicks(bar: Bar, tick: number | null): Bar {
  if (tick === null) return bar;
  const inverse = Math.round(1 / tick);
  const snap = (price: number): number => Math.round(price * inverse) / inverse;
  const { open, high, low, close } = bar;
  return { ...bar, open: snap(open), high: snap(high), low: snap(low), close: snap(close) };
}

/** Bars of all instruments, some of which have none on some days; contracts overlap. */
export function portfolioBars(seed: number): PortfolioBar[] {
  const series = PORTFOLIO_INSTRUMENTS.map(({ tick = null }, at) =>
    randomBars(PORTFOLIO_BARS, seed * 7 + at).map((bar) => onTicks(bar, tick)),
  );
  const random = lcg(seed);
  return Array.from({ length: PORTFOLIO_BARS }, (_, index) => {
    const present = PORTFOLIO_INSTRUMENTS.flatMap(({ instrumentId, settlement }, at) => {
      const bar = series[at]?.[index];
      const isMissing = random.uniform() < 0.1 && settlement === undefined;
      return bar === undefined || isMissing ? [] : [[instrumentId, bar] as const];
    });
    return { time: dayAt(index), bars: Object.fromEntries(present) };
  });
}

/** Terms of the three currencies, with rates that move. */
export function portfolioCurrencies(seed: number): CurrencyTerms[] {
  const random = lcg(seed + 1);
  const rates = (start: number) =>
    Array.from({ length: 40 }, (_, at) => ({
      time: dayAt(at * 3),
      rate: start * (0.95 + 0.1 * random.uniform()),
    }));
  const costs = { debitRate: 0.06, creditRate: 0.01, conversionBps: 2 };
  return [
    { currency: 'USD', ...costs, dayCount: 360, rates: [] },
    { currency: 'EUR', ...costs, dayCount: 365, rates: rates(1.1) },
    { currency: 'JPY', ...costs, debitRate: 0.001, dayCount: 365, rates: rates(0.01) },
  ];
}

/** Random numbers that depend on seed and bar alone: a run can be resumed anywhere. */
function randomAt(seed: number, time: string) {
  return xoshiro(seed * 100_000 + Date.parse(time) / 86_400_000);
}

/** Random orders of every type, cancellations and conversions; the state counts its bars. */
export function randomOrders(seed: number): NonNullable<PortfolioOptions['decide']> {
  return ({ time, bars, open, state }) => {
    const random = randomAt(seed, time);
    const ids = Object.keys(bars).map((id) => (id.startsWith('delta') ? 'delta' : id));
    const orders = [...new Set(ids)].flatMap((instrumentId): PortfolioInstruction[] => {
      if (random.uniform() < 0.6) return [];
      const type = TYPES[random.integer(TYPES.length)] ?? 'market';
      const close = bars[instrumentId]?.close ?? 100;
      const units = ((random.integer(21) - 10) / 4 || 1) * (instrumentId === 'alpha' ? 1 : 4);
      const price = close * (0.98 + 0.04 * random.uniform());
      return [
        { instrumentId, type, units, price: type === 'limit' || type === 'stop' ? price : null },
      ];
    });
    const oldest = open[0];
    if (oldest !== undefined && random.uniform() < 0.2) {
      orders.push({ type: 'cancel', order: oldest.order });
    }
    if (random.uniform() < 0.1) {
      orders.push({ type: 'convert', from: 'USD', to: 'EUR', amount: 1000 * random.uniform() + 1 });
    }
    return { orders, state: { seen: Number(state['seen'] ?? 0) + 1 } };
  };
}

/** Sleeves that want random positions, long and short, in fractions of a lot. */
export function randomSleeves(seed: number, count: number): PortfolioSleeve[] {
  return Array.from({ length: count }, (_, at) => ({
    sleeveId: `sleeve-${String(at + 1)}`,
    decide: ({ time, state }) => {
      const random = randomAt(seed * 31 + at, time);
      const targets: Record<string, number> = {};
      for (const id of ['alpha', 'beta', 'gamma', 'delta']) {
        if (random.uniform() < 0.3) targets[id] = 20 * random.uniform() - 10;
      }
      const conversions =
        random.uniform() < 0.05 ? [{ from: 'USD', to: 'JPY', amount: 100 + at }] : [];
      return { targets, conversions, state: { seen: Number(state['seen'] ?? 0) + 1 } };
    },
  }));
}

/** A run with everything in it: currencies, futures, splits, dividends, lots, ticks, all orders. */
export function portfolioOptions(seed: number): PortfolioOptions {
  return {
    instruments: PORTFOLIO_INSTRUMENTS,
    chains: PORTFOLIO_CHAINS,
    currencies: portfolioCurrencies(seed),
    bars: portfolioBars(seed),
    actions: PORTFOLIO_ACTIONS,
    state: openPortfolio(100_000),
    grossMax: 3,
    decide: randomOrders(seed),
  };
}

/** The same for sleeves. */
export function sleeveOptions(seed: number, count = 5): PortfolioOptions {
  const { decide: _, ...options } = portfolioOptions(seed);
  const sleeves = randomSleeves(seed, count);
  const ids = sleeves.map(({ sleeveId }) => sleeveId);
  return { ...options, sleeves, state: openPortfolio(100_000, { sleeves: ids }) };
}
