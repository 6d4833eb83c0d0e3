import fc from 'fast-check';
import {
  fromMoney,
  openPortfolio,
  runPortfolio,
  type CorporateAction,
  type PortfolioOptions,
  type PortfolioView,
} from '../../engine/index.ts';
import { dayAt, randomBars } from '../support/bars.ts';
import { costless, market, quietDays, quietOptions, script } from '../support/quiet-market.ts';

const FUTURE = { multiplier: 50, settlement: 'variation', lot: 1, marginRate: 0.1 } as const;
const NEAR = costless('near', FUTURE);
const FAR = costless('far', FUTURE);
const ROLL: CorporateAction = { kind: 'roll', time: dayAt(2), chainId: 'oil', to: 'far' };

function futures(over: Partial<PortfolioOptions> = {}): PortfolioOptions {
  return quietOptions({
    instruments: [NEAR, FAR],
    chains: [{ chainId: 'oil', contracts: ['near', 'far'] }],
    bars: quietDays(
      { near: 100, far: 104 },
      { near: [101, 102], far: 106 },
      { near: [103, 104], far: [108, 110] },
      { near: 105, far: 111 },
    ),
    actions: [ROLL],
    decide: script({ 0: [market('oil', 2)] }),
    ...over,
  });
}

describe('a future', () => {
  it('pays nothing for the position and settles its gains at every close', () => {
    const { equity, state, fills } = runPortfolio(futures({ actions: [] }));

    expect(fills).toEqual([
      { order: 1, time: dayAt(1), instrumentId: 'near', units: 2, price: 101 },
    ]);
    // 2 contracts x 50: +1, +2, +1 points after the fill at 101.
    expect([...equity]).toEqual([10_000, 10_100, 10_300, 10_400]);
    expect(fromMoney(state.cash['USD'] ?? 0n)).toBe(10_400);
  });

  it('rolls by two fills at the opens of both contracts, each with its costs', () => {
    const costs = { feeBps: 1, halfSpreadBps: 2 };
    const { fills, ledger, state } = runPortfolio(
      futures({
        instruments: [
          { ...NEAR, ...costs },
          { ...FAR, ...costs },
        ],
      }),
    );

    expect(fills.slice(1)).toEqual([
      { order: null, time: dayAt(2), instrumentId: 'near', units: -2, price: 103 },
      { order: null, time: dayAt(2), instrumentId: 'far', units: 2, price: 108 },
    ]);
    const rolls = ledger.filter(({ cause }) => cause === 'roll');
    // 3 bp of 2 x 50 x 103 = 10,300 and of 2 x 50 x 108 = 10,800.
    expect(rolls.map(({ postings }) => fromMoney(postings[0]?.amount ?? 0n))).toEqual([
      -3.09, -3.24,
    ]);
    expect(Object.keys(state.units)).toEqual(['far']);
  });

  it('gains over a roll what the adjusted price gains, and not the gap', () => {
    const views: PortfolioView[] = [];
    const { equity } = runPortfolio(
      futures({
        decide: (view) => {
          views.push(view);
          return view.time === dayAt(0) ? [market('oil', 2)] : [];
        },
      }),
    );

    // The gap at the opens of the roll is 108 - 103 = 5.
    expect(views.map(({ adjusted }) => adjusted['oil']?.close)).toEqual([100, 102, 105, 106]);
    expect(views.map(({ contracts }) => contracts['oil'])).toEqual(['near', 'near', 'far', 'far']);
    expect([...equity]).toEqual([10_000, 10_100, 10_400, 10_500]);
  });

  /** Equity of holding a chain over two rolls, against its adjusted price. */
  function rollProblems(seed: number, units: number, isAdjusted = true): string[] {
    const ids = ['one', 'two', 'three'];
    const series = ids.map((_, at) => randomBars(30, seed * 5 + at));
    const bars = Array.from({ length: 30 }, (_, index) => ({
      time: dayAt(index),
      bars: Object.fromEntries(ids.map((id, at) => [id, series[at]?.[index]])),
    })) as PortfolioOptions['bars'];
    const closes: number[] = [];
    const { equity } = runPortfolio(
      quietOptions({
        instruments: ids.map((id) => costless(id, FUTURE)),
        chains: [{ chainId: 'oil', contracts: ids }],
        bars,
        actions: [
          { kind: 'roll', time: dayAt(10), chainId: 'oil', to: 'two' },
          { kind: 'roll', time: dayAt(20), chainId: 'oil', to: 'three' },
        ],
        grossMax: 1e9,
        decide: ({ time, adjusted, contracts, bars: now }) => {
          const contract = now[contracts['oil'] ?? ''];
          closes.push((isAdjusted ? adjusted['oil'] : contract)?.close ?? Number.NaN);
          return time === dayAt(2) ? [{ ...market('oil', units), type: 'market-on-close' }] : [];
        },
      }),
    );
    // Filled at the close of day 3, so that from there on equity moves with the adjusted close.
    return closes.flatMap((close, index) => {
      const gain = (equity[index] ?? 0) - 10_000;
      const expected = index < 3 ? 0 : units * 50 * (close - (closes[3] ?? 0));
      return Math.abs(gain - expected) < 1e-5 ? [] : [`${String(index)}: ${String(gain)}`];
    });
  }

  it('moves with the adjusted price over any bars', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.constantFrom(-1, 1), (seed, units) => {
        expect(rollProblems(seed, units)).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it('would notice a price that is not adjusted', () => {
    expect(rollProblems(4, 1, false)).not.toEqual([]);
  });

  it('moves orders that wait to the new contract, their prices by the gap', () => {
    const { fills } = runPortfolio(
      futures({
        decide: script({
          1: [{ instrumentId: 'oil', type: 'limit', units: 1, price: 102.5 }],
        }),
      }),
    );

    // 102.5 + 5: the far contract's bar of day 2 goes from 107 to 111.
    expect(fills).toEqual([
      { order: 1, time: dayAt(2), instrumentId: 'far', units: 1, price: 107.5 },
    ]);
  });

  it('moves what sleeves want to the new contract', () => {
    const { decide: _, ...options } = futures();
    const { state, fills } = runPortfolio({
      ...options,
      state: openPortfolio(10_000, { sleeves: ['one'] }),
      sleeves: [
        {
          sleeveId: 'one',
          decide: ({ time }) => ({ targets: time === dayAt(1) ? { oil: 2 } : {} }),
        },
      ],
    });

    expect(fills).toEqual([
      { order: 1, time: dayAt(2), instrumentId: 'far', units: 2, price: 108 },
    ]);
    expect(state.sleeves[0]).toMatchObject({ units: { far: 200_000_000n }, wanted: {} });
  });

  it('names the contract without a bar at its roll', () => {
    const bars = quietDays({ near: 100 }, { near: 100 }, { near: 100 });

    expect(() => runPortfolio(futures({ bars }))).toThrow(
      /bar 2012-01-04: roll of oil from near to far must find bars of both, far has none/,
    );
  });

  it('refuses a chain of contracts that differ in what a unit is worth', () => {
    const instruments = [NEAR, { ...FAR, multiplier: 5 }];

    expect(() => runPortfolio(futures({ instruments }))).toThrow(
      /chain oil: contracts must agree on multiplier, was 50 for near and 5 for far/,
    );
  });

  it('stands at the contract of a roll before the first bar', () => {
    const actions = [{ ...ROLL, time: '2011-12-01' }];
    const { fills } = runPortfolio(futures({ actions }));

    expect(fills.map(({ instrumentId }) => instrumentId)).toEqual(['far']);
  });
});

describe('splits and dividends', () => {
  const split = (ratio: number): CorporateAction => ({
    kind: 'split',
    time: dayAt(2),
    instrumentId: 'alpha',
    ratio,
  });

  /** How much value a split of shares in lots of 0.3 takes or gives. */
  function valueLost(units: number, ratio: number, ledgerOf = (run: Run): Run => run): number {
    const run = ledgerOf(
      runPortfolio(
        quietOptions({
          instruments: [costless('alpha', { lot: 0.3 })],
          bars: quietDays({ alpha: 100 }, { alpha: 100 }, { alpha: 100 / ratio + 1 }),
          actions: [split(ratio)],
          grossMax: 1e9,
          decide: script({ 0: [market('alpha', units)] }),
        }),
      ),
    );
    const held = fromMoney(run.state.units['alpha'] ?? 0n);
    // The close after the split is 1 above 100 / ratio: what is held gains exactly that.
    return (run.equity[2] ?? 0) - held - (run.equity[1] ?? 0);
  }
  type Run = ReturnType<typeof runPortfolio>;

  it('preserve value whatever the lot: what is no whole lot is paid in cash', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 1000, noNaN: true }),
        fc.boolean(),
        fc.double({ min: 0.01, max: 50, noNaN: true }),
        (units, isLong, ratio) => {
          expect(Math.abs(valueLost(isLong ? units : -units, ratio))).toBeLessThan(1e-6);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('would notice a rest that nobody pays', () => {
    const unpaid = (run: Run): Run => {
      const paid = run.ledger.find(({ cause }) => cause === 'split')?.postings[0]?.amount ?? 0n;
      return {
        ...run,
        equity: run.equity.map((value, at) => (at === 2 ? value - fromMoney(paid) : value)),
      };
    };

    expect(Math.abs(valueLost(10, 1.5, unpaid))).toBeGreaterThan(1);
  });

  it('that fall on a day without bars come before the next one', () => {
    const bars = quietDays({ alpha: 100 }, { alpha: 100 }, { alpha: 1 }, { alpha: 50 });
    const { equity } = runPortfolio(
      quietOptions({
        bars: bars.filter(({ time }) => time !== dayAt(2)),
        actions: [split(2)],
        decide: script({ 0: [market('alpha', 10)] }),
      }),
    );

    expect([...equity]).toEqual([10_000, 10_000, 10_000]);
  });

  it('that leave less than a lot of an order cancel it', () => {
    const { events } = runPortfolio(
      quietOptions({
        instruments: [costless('alpha', { lot: 1 })],
        actions: [split(0.5)],
        decide: script({ 1: [{ instrumentId: 'alpha', type: 'limit', units: 1, price: 1 }] }),
      }),
    );

    expect(events.at(-1)).toMatchObject({
      what: 'cancelled',
      reason: 'less than one lot is left after a split',
    });
  });
});
