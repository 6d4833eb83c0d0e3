import fc from 'fast-check';
import {
  fillPrice,
  fromMoney,
  lcg,
  openPortfolio,
  runPortfolio,
  toUnits,
  xoshiro,
  type CorporateAction,
  type PortfolioBar,
  type PortfolioInstrument,
  type PortfolioOptions,
  type PortfolioOrder,
  type PortfolioRun,
} from '../../engine/index.ts';
import type { Bar } from '../../schemas/bar.ts';
import { dayAt, randomBars } from '../support/bars.ts';

const INSTRUMENTS: PortfolioInstrument[] = [
  { instrumentId: 'alpha', multiplier: 1, feeBps: 1, halfSpreadBps: 2, participation: null },
  { instrumentId: 'beta', multiplier: 50, feeBps: 3, halfSpreadBps: 0, participation: 0.001 },
  { instrumentId: 'gamma', multiplier: 0.5, feeBps: 0, halfSpreadBps: 1, participation: 0.0001 },
];
const IDS = INSTRUMENTS.map(({ instrumentId }) => instrumentId);
const BARS = 120;
const TYPES = ['market', 'limit', 'stop', 'market-on-close'] as const;

/** Bars of three instruments, some of which have none on some days. */
function market(seed: number): PortfolioBar[] {
  const series = IDS.map((_, at) => randomBars(BARS, seed * 7 + at));
  const random = lcg(seed);
  return Array.from({ length: BARS }, (_, index) => {
    const present = IDS.flatMap((id, at) => {
      const bar = series[at]?.[index];
      return bar === undefined || random.uniform() < 0.1 ? [] : [[id, bar] as const];
    });
    return { time: dayAt(index), bars: Object.fromEntries(present) };
  });
}

/** Random orders of every type, the same for the same bar: a run can be resumed anywhere. */
function randomOrders(seed: number): NonNullable<PortfolioOptions['decide']> {
  return ({ time, bars }) => {
    const random = xoshiro(seed * 100_000 + Date.parse(time) / 86_400_000);
    return Object.entries(bars).flatMap(([instrumentId, bar]): PortfolioOrder[] => {
      if (random.uniform() < 0.6) return [];
      const type = TYPES[random.integer(TYPES.length)] ?? 'market';
      const units = (random.integer(21) - 10) / 4 || 1;
      const price = bar.close * (0.98 + 0.04 * random.uniform());
      return [
        { instrumentId, type, units, price: type === 'limit' || type === 'stop' ? price : null },
      ];
    });
  };
}

const ACTIONS: CorporateAction[] = [
  { kind: 'split', time: dayAt(40), instrumentId: 'alpha', ratio: 3 },
  { kind: 'dividend', time: dayAt(50), instrumentId: 'beta', perUnit: 0.37 },
  { kind: 'split', time: dayAt(70), instrumentId: 'beta', ratio: 0.5 },
];

function optionsFor(seed: number) {
  return {
    instruments: INSTRUMENTS,
    bars: market(seed),
    actions: ACTIONS,
    state: openPortfolio(100_000),
    grossMax: 3,
    decide: randomOrders(seed),
  } satisfies PortfolioOptions;
}

describe('runPortfolio', () => {
  /** Holds 10 units over a day on which nothing moves, apart from what is done before its open. */
  function heldOver(actions: readonly CorporateAction[], ratio: number): PortfolioRun {
    const bar = (index: number, price: number): PortfolioBar => ({
      time: dayAt(index),
      bars: {
        alpha: {
          time: dayAt(index),
          open: price,
          high: price,
          low: price,
          close: price,
          volume: 1,
        },
      },
    });
    return runPortfolio({
      ...optionsFor(1),
      bars: [bar(0, 60), bar(1, 60), bar(2, 60 / ratio)],
      actions,
      decide: ({ time }) =>
        time === dayAt(0)
          ? [{ instrumentId: 'alpha', type: 'market', units: 10, price: null }]
          : [],
    });
  }

  it('preserves value over a split', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 100, noNaN: true }), (ratio) => {
        const split: CorporateAction = {
          kind: 'split',
          time: dayAt(2),
          instrumentId: 'alpha',
          ratio,
        };
        const { equity, state } = heldOver([split], ratio);

        expect(equity[2]).toBeCloseTo(equity[1] ?? Number.NaN, 6);
        expect(state.units['alpha']).toBe(toUnits(10 * ratio));
      }),
    );
  });

  it('would notice a split that is not applied', () => {
    const { equity } = heldOver([], 2);

    expect(equity[2]).not.toBeCloseTo(equity[1] ?? Number.NaN, 6);
  });

  it('pays a dividend on what is held at the open', () => {
    const action: CorporateAction = {
      kind: 'dividend',
      time: dayAt(2),
      instrumentId: 'alpha',
      perUnit: 1.5,
    };

    // 10 units x 1.5, against the same days without it.
    expect((heldOver([action], 1).equity[2] ?? 0) - (heldOver([], 1).equity[2] ?? 0)).toBeCloseTo(
      15,
      6,
    );
  });

  it('charges fee and half spread on the traded notional', () => {
    // 10 x 60 = 600: fee 1 bp is 0.06, half spread 2 bp is 0.12.
    expect(fromMoney(heldOver([], 1).state.cash['USD'] ?? 0n)).toBe(100_000 - 600 - 0.06 - 0.12);
  });

  it('takes no more than its share of the volume of a bar, and the rest from later bars', () => {
    const { bars } = optionsFor(2);
    const { fills } = runPortfolio({
      ...optionsFor(2),
      bars,
      actions: [],
      grossMax: 1e9,
      decide: ({ time }) =>
        time === dayAt(0)
          ? [{ instrumentId: 'beta', type: 'market', units: -3000, price: null }]
          : [],
    });

    expect(fills.length).toBeGreaterThan(3);
    expect(fills.reduce((sum, { units }) => sum + units, 0)).toBeCloseTo(-3000, 6);
    for (const { time, units } of fills) {
      const volume = bars.find((moment) => moment.time === time)?.bars['beta']?.volume ?? 0;
      expect(-units).toBeLessThanOrEqual(volume * 0.001);
    }
  });

  it('refuses an order beyond the gross exposure, and lets a smaller position pass', () => {
    const units = [3000, -1, 1e6];
    const run = runPortfolio({
      ...optionsFor(4),
      actions: [],
      decide: ({ time }) => {
        const at = [dayAt(0), dayAt(3), dayAt(6)].indexOf(time);
        return at < 0
          ? []
          : [{ instrumentId: 'alpha', type: 'market', units: units[at] ?? 0, price: null }];
      },
    });

    expect(run.events.map(({ what }) => what)).toEqual(['refused', 'accepted', 'refused']);
    expect(run.events[0]?.reason).toMatch(/gross exposure must be at most 300000, would be/);
  });

  it.each<[string, Partial<PortfolioOrder>, RegExp]>([
    [
      'an unknown instrument',
      { instrumentId: 'delta' },
      /strategy, bar 2012-01-02: orders\[0\]\.instrumentId must be one of alpha, beta, gamma, was delta/,
    ],
    [
      'units that are NaN',
      { units: Number.NaN },
      /strategy, bar 2012-01-02: orders\[0\]\.units of alpha must be finite and not 0, was NaN/,
    ],
    [
      'a limit without a price',
      { type: 'limit' },
      /strategy, bar 2012-01-02: orders\[0\]\.price of alpha must be finite and > 0 for limit, was null/,
    ],
  ])('names bar and field of an order for %s', (_, over, message) => {
    const order: PortfolioOrder = {
      instrumentId: 'alpha',
      type: 'market',
      units: 1,
      price: null,
      ...over,
    };

    expect(() => runPortfolio({ ...optionsFor(1), decide: () => [order] })).toThrow(message);
  });

  it('refuses bars that are not in the order of time', () => {
    const bars = market(1).toReversed();

    expect(() => runPortfolio({ ...optionsFor(1), bars })).toThrow(/must be later than/);
  });
});

describe('fillPrice', () => {
  const bar: Bar = { time: '2020-01-02', open: 100, high: 110, low: 90, close: 105, volume: 1 };
  const order = (type: PortfolioOrder['type'], units: number, price: number | null = null) =>
    fillPrice({ type, units, price }, bar);

  it.each([
    ['market', 1, null, 100],
    ['market-on-close', -1, null, 105],
    ['limit', 1, 95, 95],
    ['limit', 1, 103, 100],
    ['limit', 1, 89, null],
    ['limit', -1, 108, 108],
    ['limit', -1, 97, 100],
    ['limit', -1, 111, null],
    ['stop', 1, 108, 108],
    ['stop', 1, 97, 100],
    ['stop', 1, 111, null],
    ['stop', -1, 95, 95],
    ['stop', -1, 103, 100],
    ['stop', -1, 89, null],
  ] as const)('of a %s order for %d at %s is %s', (type, units, price, expected) => {
    expect(order(type, units, price)).toBe(expected);
  });
});
