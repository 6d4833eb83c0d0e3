import fc from 'fast-check';
import {
  fillPrice,
  fromUnits,
  moneyText,
  runPortfolio,
  toMoney,
  toUnits,
  type PortfolioInstruction,
} from '../../engine/index.ts';
import type { Bar } from '../../schemas/bar.ts';
import { nearestLots, onTick, wholeLots } from '../../engine/portfolio/grid.ts';
import { reconcile, shareOut, sum } from '../../engine/portfolio/share-out.ts';
import { dayAt } from '../support/bars.ts';
import { costless, market, quietDays, quietOptions, script } from '../support/quiet-market.ts';

const LOTS = costless('alpha', { lot: 0.1, tick: 0.05 });

/** What became of one order for alpha, which trades in lots of 0.1 and ticks of 0.05. */
function ordered(order: PortfolioInstruction) {
  return runPortfolio(quietOptions({ instruments: [LOTS], decide: script({ 0: [order] }) }));
}

describe('lots', () => {
  it('round an order towards 0: it never trades more than was asked for', () => {
    expect(ordered(market('alpha', 0.39)).fills[0]?.units).toBe(0.3);
    expect(ordered(market('alpha', -0.39)).fills[0]?.units).toBe(-0.3);
  });

  it('refuse an order for less than one', () => {
    const { events, fills } = ordered(market('alpha', 0.09));

    expect(events[0]?.reason).toBe('units must be at least one lot of 0.1, was 0.09');
    expect(fills).toEqual([]);
  });

  it('add up without a rest: three times 0.1 is 0.3', () => {
    const orders = [1, 2, 3].map(() => market('alpha', 0.1));
    const { state } = runPortfolio(
      quietOptions({ instruments: [LOTS], decide: script({ 0: orders }) }),
    );

    expect(state.units['alpha']).toBe(30_000_000n);
    expect(fromUnits(state.units['alpha'] ?? 0n)).toBe(0.3);
    expect(0.1 + 0.1 + 0.1).not.toBe(0.3);
  });

  it('bound partial fills too', () => {
    const slow = costless('alpha', { lot: 7, participation: 0.00001 });
    const { fills } = runPortfolio(
      quietOptions({
        instruments: [slow],
        bars: quietDays({ alpha: 100 }, { alpha: 100 }, { alpha: 100 }, { alpha: 100 }),
        decide: script({ 0: [market('alpha', 21)] }),
      }),
    );

    // A share of 0.00001 of a volume of 1,000,000 is 10 units: one lot of 7 a bar.
    expect(fills.map(({ time, units }) => [time, units])).toEqual([
      [dayAt(1), 7],
      [dayAt(2), 7],
      [dayAt(3), 7],
    ]);
  });

  it('leave what one order took of a bar to no other', () => {
    const slow = costless('alpha', { participation: 0.00001 });
    const orders = [market('alpha', 6), market('alpha', -9), market('alpha', 1)];
    const { fills } = runPortfolio(
      quietOptions({ instruments: [slow], decide: script({ 0: orders }) }),
    );

    // 10 units a bar for all three, in the order in which they were made.
    expect(fills.map(({ order, time, units }) => [order, time, units])).toEqual([
      [1, dayAt(1), 6],
      [2, dayAt(1), -4],
      [2, dayAt(2), -5],
      [3, dayAt(2), 1],
    ]);
  });

  it.each([0, -1, Number.NaN, 1e-9])('must be steps that the ledger can hold: not %d', (lot) => {
    const run = () => runPortfolio(quietOptions({ instruments: [costless('alpha', { lot })] }));

    expect(run).toThrow(/instrument alpha: lot must be > 0 with at most 8 decimals, was/);
  });
});

describe('ticks', () => {
  const bar: Bar = { time: dayAt(1), open: 100.02, high: 101, low: 99, close: 100.03, volume: 1 };

  it.each([
    ['market', 1, null, 100.05],
    ['market', -1, null, 100],
    ['market-on-close', 1, null, 100.05],
    ['limit', 1, 99.5, 99.5],
    ['stop', 1, 100.5, 100.5],
  ] as const)('round a %s order for %d against the trader', (type, units, price, expected) => {
    expect(fillPrice({ type, units, price }, bar, 0.05)).toBe(expected);
  });

  it('round the other way where the bar ends', () => {
    const top = { ...bar, high: 100.03 };

    expect(fillPrice({ type: 'market', units: 1, price: null }, top, 0.05)).toBe(100);
  });

  it('must fit the bars', () => {
    const narrow = { ...bar, high: 100.03, low: 100.02 };
    const fill = () => fillPrice({ type: 'market', units: 1, price: null }, narrow, 0.05);

    expect(fill).toThrow(
      /bar 2012-01-03: prices must lie on the tick of 0.05, no tick is within low 100.02 and high/,
    );
  });

  it.each([
    ['limit', 1, 99.58, 99.55],
    ['limit', -1, 100.42, 100.45],
    ['stop', 1, 100.42, 100.45],
    ['stop', -1, 99.58, 99.55],
  ] as const)('round the price of a %s order for %d from %d to %d', (type, units, price, tick) => {
    const { fills } = ordered({ instrumentId: 'alpha', type, units, price });

    expect(fills[0]?.price).toBe(tick);
  });

  it('keep a price within the bar, on the tick, whatever bar and order', () => {
    const prices = fc.integer({ min: 2, max: 100_000 }).map((ticks) => ticks / 20);
    fc.assert(
      fc.property(
        fc.tuple(prices, prices, prices, prices),
        fc.constantFrom('market', 'market-on-close', 'limit', 'stop'),
        fc.boolean(),
        prices,
        ([a, b, c, d], type, isBuy, at) => {
          const [low, open, close, high] = [a, b, c, d].sort((x, y) => x - y) as [
            number,
            number,
            number,
            number,
          ];
          const price = type === 'limit' || type === 'stop' ? at : null;
          const order = { type, units: isBuy ? 1 : -1, price } as const;
          const filled = fillPrice(order, { time: '', open, high, low, close, volume: 1 }, 0.05);

          expect(gridFault(filled, low, high)).toBeNull();
        },
      ),
      { numRuns: 300 },
    );
  });

  /** What is wrong with the price of a fill. */
  function gridFault(price: number | null, low: number, high: number): string | null {
    if (price === null) return null;
    if (price < low || price > high) return `${String(price)} is outside the bar`;
    return toMoney(price) % toMoney(0.05) === 0n ? null : `${String(price)} is off the tick`;
  }

  it.each([
    [100.03, 99, 101],
    [101.05, 99, 101],
  ])('would notice a price of %d', (price, low, high) => {
    expect(gridFault(price, low, high)).not.toBeNull();
  });

  it('find the multiple of a step in decimal', () => {
    expect(onTick(0.3, 0.1, 'up')).toBe(0.3);
    expect(onTick(0.31, 0.1, 'up')).toBe(0.4);
    expect(onTick(0.31, 0.1, 'down')).toBe(0.3);
    expect(onTick(0.31, null, 'down')).toBe(0.31);
  });
});

describe('amounts of the ledger', () => {
  it('mirror each other, long and short', () => {
    expect(toMoney(-0.000000015)).toBe(-toMoney(0.000000015));
  });

  it.each([
    [0n, '0.00000000'],
    [-5n, '-0.00000005'],
    [1234500000000n, '12345.00000000'],
  ])('%d is written %s', (money, text) => {
    expect(moneyText(money)).toBe(text);
  });

  it('are shared out without a rest', () => {
    const amounts = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n });
    const weights = fc.array(fc.bigInt({ min: 0n, max: 10n ** 12n }), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(amounts, weights, (amount, shares) => {
        expect(sum(shareOut(amount, shares))).toBe(amount);
        expect(sum(reconcile(shares, amount))).toBe(amount);
      }),
    );
  });

  it('would not add up if each share were only rounded', () => {
    const rounded = [1n, 1n, 1n].map((weight) => (100n * weight) / 3n);

    expect(sum(rounded)).not.toBe(100n);
    expect(shareOut(100n, [1n, 1n, 1n])).toEqual([34n, 33n, 33n]);
  });

  it('go to whole lots', () => {
    const lot = toUnits(1);

    expect(wholeLots(toUnits(-1.9), lot)).toBe(toUnits(-1));
    expect([-1.6, -1.5, 0.5, 0.6].map((units) => nearestLots(toUnits(units), lot))).toEqual(
      [-2, -1, 0, 1].map(toUnits),
    );
  });
});
