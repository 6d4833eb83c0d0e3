import fc from 'fast-check';
import { fillAtOpen } from '../../engine/fill.ts';
import { measure } from '../../engine/metrics.ts';
import { lcg } from '../../engine/random.ts';
import { openAccount, walk, type Walk, type WalkOptions } from '../../engine/walk.ts';
import { walkRelease } from '../../jobs/host/walk-release.ts';
import type { Bar } from '../../schemas/bar.ts';
import { dayAt, randomBars, sp500Bars, withOtherFuture } from '../support/bars.ts';

const RELEASE = 'd'.repeat(64);
const FREE = { feeBps: 0, halfSpreadBps: 0 };

function flatBar(index: number, price: number): Bar {
  return { time: dayAt(index), open: price, high: price, low: price, close: price, volume: 1 };
}

/** Wants the next of some targets at each bar, and counts the bars in its state. */
function following(targets: readonly number[]): WalkOptions['decide'] {
  return ({ index, state }) => ({
    forecast: 0,
    prediction: null,
    target: targets[index] ?? 0,
    state: { bars: Number(state['bars'] ?? 0) + 1 },
  });
}

function walkAll(bars: readonly Bar[], more: Partial<WalkOptions> = {}): Walk {
  return walk({
    bars,
    span: { fromIndex: 0, toIndex: bars.length },
    account: openAccount(1000),
    costModel: FREE,
    releaseId: RELEASE,
    decide: following([]),
    ...more,
  });
}

describe('walk', () => {
  it('fills at the next open, fee and half spread included, and marks at the close', () => {
    const bars = [flatBar(0, 100), flatBar(1, 100), flatBar(2, 110)];
    const costModel = { feeBps: 100, halfSpreadBps: 100 };

    const { fills, orders, equity, account } = walkAll(bars, {
      costModel,
      decide: following([1, 0, 0]),
    });

    // Buy at 101: units = 1000 / (101 * 1.01) = 9.8029605921; sell at 110 * 0.99 = 108.9:
    // cash = 9.8029605921 * 108.9 * 0.99 = 1056.867...
    const units = 1000 / (101 * 1.01);
    expect(fills.map((fill) => [fill.side, fill.time, fill.price])).toEqual([
      ['buy', dayAt(1), 101],
      ['sell', dayAt(2), 108.9],
    ]);
    expect(fills[0]?.units).toBeCloseTo(units, 10);
    expect(fills[0]?.fee).toBeCloseTo(units * 101 * 0.01, 10);
    expect(fills[0]?.slippage).toBeCloseTo(units, 10);
    expect(fills[1]?.slippage).toBeCloseTo(units * 1.1, 10);
    expect(equity.map((point) => point.cash)).toEqual([1000, 0, account.cash]);
    expect(equity[1]?.equity).toBeCloseTo(units * 100, 10);
    expect(account.cash).toBeCloseTo(units * 108.9 * 0.99, 10);
    expect(orders.map((order) => order.orderId)).toEqual(fills.map((fill) => fill.orderId));
  });

  it('spends a share of the cash on a target between 0 and 1 and does not rebalance', () => {
    const bars = [100, 100, 200, 200].map((price, index) => flatBar(index, price));

    const { fills, account } = walkAll(bars, { decide: following([0.25, 0.75, 0.75, 0.75]) });

    expect(fills).toHaveLength(1);
    expect(account).toMatchObject({ cash: 750, units: 2.5, equity: 1250 });
  });

  it('leaves the order of the last bar to the next walk', () => {
    const { orders, fills, account } = walkAll([flatBar(0, 100)], { decide: following([1]) });

    expect(orders).toHaveLength(1);
    expect(fills).toHaveLength(0);
    expect(account.pending).toEqual({ decidedAt: dayAt(0), target: 1, releaseId: RELEASE });
  });

  it('fills an order of an earlier release under the name of that release', () => {
    const earlier = 'e'.repeat(64);
    const bars = [flatBar(0, 100), flatBar(1, 100)];
    const before = walk({
      bars,
      span: { fromIndex: 0, toIndex: 1 },
      account: openAccount(1000),
      costModel: FREE,
      releaseId: earlier,
      decide: following([1]),
    });

    const after = walkAll(bars, {
      span: { fromIndex: 1, toIndex: 2 },
      account: before.account,
      decide: following([1, 1]),
    });

    expect(after.fills[0]).toMatchObject({
      releaseId: earlier,
      orderId: `eeeeeeeeeeee/${dayAt(0)}`,
    });
    expect(after.decisions[0]?.releaseId).toBe(RELEASE);
  });

  it.each([Number.NaN, -0.1, 1.1])('refuses the target %p', (target) => {
    expect(() => walkAll([flatBar(0, 100)], { decide: following([target]) })).toThrow(
      `target at ${dayAt(0)} must be in [0, 1]`,
    );
  });

  it('refuses bars that the account has seen', () => {
    const bars = [flatBar(0, 100), flatBar(1, 100)];
    const { account } = walkAll(bars);

    expect(() => walkAll(bars, { account })).toThrow("later than the account's last bar");
  });

  it.each([
    [-1, 1],
    [1, 3],
    [1, 0],
    [0.5, 1],
  ])('refuses the span [%p, %p) of two bars', (fromIndex, toIndex) => {
    const bars = [flatBar(0, 100), flatBar(1, 100)];

    expect(() => walkAll(bars, { span: { fromIndex, toIndex } })).toThrow('span must lie within');
  });

  it('gives the S&P reference case to the cent', async () => {
    const bars = sp500Bars();
    const { fills, equity, account } = await walkRelease({
      bars,
      window: { fromIndex: 0, toIndex: bars.length },
      release: {
        releaseId: RELEASE,
        strategyId: 'rsi-macd',
        parameters: { rsiPeriod: 14, rsiEntry: 50, macdFast: 12, macdSlow: 26, macdSignal: 9 },
        featureSpec: { names: [], warmUpBars: 0 },
        modelBytes: null,
      },
      account: openAccount(1_000_000),
      costModel: { feeBps: 1, halfSpreadBps: 0 },
    });

    expect(fills.filter((fill) => fill.side === 'sell')).toHaveLength(189);
    expect(fills.filter((fill) => fill.side === 'buy')).toHaveLength(190);
    expect(account.equity).toBeCloseTo(1_140_917.6677, 4);
    const { drawdownMax } = measure({ equity, fills, initialEquity: 1_000_000 });
    expect(drawdownMax).toBeCloseTo(0.399412, 6);
  });
});

type Walker = (options: WalkOptions) => Walk;

/** Walks once whole and once cut at a bar, and compares everything that came out. */
function isSameWhenCut(walker: Walker, seed: number, cut: number): boolean {
  const bars = randomBars(40, seed);
  const random = lcg(seed + 1);
  const targets = bars.map(() => [0, 0, 0.5, 1][random.integer(4)] ?? 0);
  const options = {
    bars,
    costModel: { feeBps: 2, halfSpreadBps: 3 },
    releaseId: RELEASE,
    decide: following(targets),
  };
  const whole = walker({
    ...options,
    span: { fromIndex: 0, toIndex: 40 },
    account: openAccount(1000),
  });
  const first = walker({
    ...options,
    span: { fromIndex: 0, toIndex: cut },
    account: openAccount(1000),
  });
  // An account crosses processes as JSON.
  const account = JSON.parse(JSON.stringify(first.account)) as Walk['account'];
  const second = walker({ ...options, span: { fromIndex: cut, toIndex: 40 }, account });
  const joined = {
    decisions: [...first.decisions, ...second.decisions],
    orders: [...first.orders, ...second.orders],
    fills: [...first.fills, ...second.fills],
    equity: [...first.equity, ...second.equity],
    account: second.account,
  };
  const { decisions, orders, fills, equity } = whole;
  const expected = { decisions, orders, fills, equity, account: whole.account };
  return JSON.stringify(joined) === JSON.stringify(expected);
}

describe('walking in two windows', () => {
  const cases = fc.tuple(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 0, max: 40 }));

  it('equals walking in one, to the last bit', () => {
    fc.assert(fc.property(cases, ([seed, cut]) => isSameWhenCut(walk, seed, cut)));
  });

  it('is caught when a waiting order is lost between the windows', () => {
    const forgetful: Walker = (options) =>
      walk({ ...options, account: { ...options.account, pending: null } });

    const found = fc.check(
      fc.property(cases, ([seed, cut]) => isSameWhenCut(forgetful, seed, cut)),
    );

    expect(found.failed).toBe(true);
  });

  it('is caught when the state of the strategy is lost between the windows', () => {
    const forgetful: Walker = (options) =>
      walk({ ...options, account: { ...options.account, strategyState: {} } });

    expect(isSameWhenCut(forgetful, 1, 20)).toBe(false);
  });
});

/**
 * Bars at which the position over the move into the bar depends on that bar: its close is changed,
 * and the holding when it comes must stay. A fill at the close that was decided on fails this.
 */
function barsThatMoveTheirOwnPosition(walker: Walker): number[] {
  const bars = randomBars(60, 9);
  const decide: WalkOptions['decide'] = ({ index, state }) => {
    const { close } = current[index] as Bar;
    const { close: before } = current[Math.max(0, index - 1)] as Bar;
    return { forecast: 0, prediction: null, target: close > before ? 1 : 0, state };
  };
  let current: readonly Bar[] = bars;
  const unitsAt = (changed: readonly Bar[]) => {
    current = changed;
    const options = {
      bars: changed,
      span: { fromIndex: 0, toIndex: 60 },
      account: openAccount(1000),
      costModel: FREE,
      releaseId: RELEASE,
      decide,
    };
    return walker(options).equity.map((point) => point.units);
  };
  const expected = unitsAt(bars);
  return bars.flatMap((bar, index) => {
    const changed = bars.map((each, i) => {
      const close = bar.close < bar.open ? bar.high : bar.low;
      return i === index ? { ...each, close } : each;
    });
    return unitsAt(changed)[index] === expected[index] ? [] : [index];
  });
}

describe('the position over the move into a bar', () => {
  it('does not depend on the close of that bar', () => {
    expect(barsThatMoveTheirOwnPosition(walk)).toEqual([]);
  });

  it('is caught when orders are filled at the close they were decided on', () => {
    const sameBar: Walker = (options) => {
      let { cash, units } = openAccount(1000);
      const equity = (options.bars as readonly Bar[]).map((bar, index) => {
        const { target } = options.decide({ index, held: units > 0 ? 1 : 0, state: {} });
        if (target > 0 !== units > 0) {
          ({ cash, units } = fillAtOpen({ open: bar.close, cash, units, target, costModel: FREE }));
        }
        const { time, close } = bar;
        return { time, equity: cash + units * close, cash, units, close, releaseId: RELEASE };
      });
      return { ...walkAll([]), equity };
    };

    expect(barsThatMoveTheirOwnPosition(sameBar).length).toBeGreaterThan(10);
  });

  it('does not depend on any later bar', () => {
    const bars = randomBars(60, 4);
    const decide = following(bars.map((_, index) => (index % 7 < 3 ? 1 : 0)));

    for (let index = 0; index < 60; index += 1) {
      const other = walkAll(withOtherFuture(bars, index), { decide });

      expect(other.equity.slice(0, index + 1)).toEqual(
        walkAll(bars, { decide }).equity.slice(0, index + 1),
      );
    }
  });
});
