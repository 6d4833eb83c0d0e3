import fc from 'fast-check';
import {
  fromMoney,
  fromUnits,
  openPortfolio,
  runPortfolio,
  type PortfolioOptions,
  type PortfolioRun,
  type PortfolioSleeve,
} from '../../engine/index.ts';
import { dayAt } from '../support/bars.ts';
import { costless, quietDays, quietOptions } from '../support/quiet-market.ts';

/** Sleeves that want given units of alpha from the first close on; null for no wish. */
function wanting(wishes: readonly (number | null)[]): PortfolioSleeve[] {
  return wishes.map((target, index) => ({
    sleeveId: `s${String(index + 1)}`,
    decide: ({ time }) => ({
      targets: target !== null && time === dayAt(0) ? { alpha: target } : {},
    }),
  }));
}

function run(wishes: readonly (number | null)[], over: Partial<PortfolioOptions> = {}) {
  const sleeves = wanting(wishes);
  const state = openPortfolio(10_000, { sleeves: sleeves.map(({ sleeveId }) => sleeveId) });
  return runPortfolio(quietOptions({ sleeves, state, ...over }));
}

/** Units of alpha that each sleeve holds in the end. */
function held({ state }: PortfolioRun): number[] {
  return state.sleeves.map(({ units }) => fromUnits(units['alpha'] ?? 0n));
}

const unitsOf = ({ fills }: PortfolioRun): number[] => fills.map(({ units }) => units);

describe('sleeves', () => {
  it('are netted before orders: only the rest is traded', () => {
    const result = run([5, -3, null]);

    expect(unitsOf(result)).toEqual([2]);
    expect(held(result)).toEqual([5, -3, 0]);
  });

  it('trade with each other at the next open when nothing is left to order', () => {
    const fees = costless('alpha', { feeBps: 10 });
    const result = run([4, -4], { instruments: [fees] });

    expect(result.events).toEqual([]);
    expect(result.fills).toEqual([]);
    expect(held(result)).toEqual([4, -4]);
    expect(result.ledger).toMatchObject([{ cause: 'cross', time: dayAt(1), postings: [] }]);
    expect(Object.values(result.sleeveEquity).map((equity) => equity.at(-1))).toEqual([5000, 5000]);
  });

  it('are rounded once, in sum, to whole lots', () => {
    const result = run([0.4, 0.4, 0.4], { instruments: [costless('alpha', { lot: 1 })] });

    // 1.2 in sum is 1 lot; each sleeve rounded on its own would have been 0.
    expect(unitsOf(result)).toEqual([1]);
    expect(result.state.sleeves.map(({ units }) => units['alpha'])).toEqual([
      33_333_334n,
      33_333_333n,
      33_333_333n,
    ]);
  });

  it('share partial fills in proportion to what they want, after serving each other', () => {
    const slow = costless('alpha', { participation: 0.000004 });
    const result = run([9, 3, -6], {
      instruments: [slow],
      bars: quietDays({ alpha: 100 }, { alpha: 100 }),
    });

    // Wanted 12 bought and 6 sold; 4 of the net 6 are filled: 10 are shared 3 to 1.
    expect(unitsOf(result)).toEqual([4]);
    expect(held(result)).toEqual([7.5, 2.5, -6]);
  });

  it('share costs by what they traded', () => {
    const fees = costless('alpha', { feeBps: 100 });
    const { state } = run([9, 3, -6], { instruments: [fees] });

    // 1 % of 6 x 100 is 6, shared 9 to 3 to 6.
    const cash = state.sleeves.map(({ cash: { USD = 0n } }) => fromMoney(USD));
    expect(cash[0]).toBeCloseTo(10_000 / 3 - 900 - 3, 6);
    expect(cash[1]).toBeCloseTo(10_000 / 3 - 300 - 1, 6);
    expect(cash[2]).toBeCloseTo(10_000 / 3 + 600 - 2, 6);
  });

  it('see their own positions, cash and state alone', () => {
    const seen: unknown[] = [];
    const sleeves = wanting([4, -1]).map((sleeve, index) => ({
      ...sleeve,
      decide: (view: Parameters<PortfolioSleeve['decide']>[0]) => {
        if (index === 1) seen.push([view.positions, view.cash, view.equity, view.state]);
        return { ...sleeve.decide(view), state: { bars: Number(view.state['bars'] ?? 0) + 1 } };
      },
    }));
    run([4, -1], { sleeves });

    expect(seen).toEqual([
      [{}, { USD: 5000 }, 5000, {}],
      [{ alpha: -1 }, { USD: 5100 }, 5000, { bars: 1 }],
      [{ alpha: -1 }, { USD: 5100 }, 5000, { bars: 2 }],
    ]);
  });

  it('replace an order that waits when they want something else', () => {
    const sleeves: PortfolioSleeve[] = [
      {
        sleeveId: 's1',
        decide: ({ time }) => ({ targets: { alpha: time === dayAt(0) ? 5 : -5 } }),
      },
    ];
    const result = run([0], {
      sleeves,
      // Alpha does not trade on the second day.
      instruments: [costless('alpha'), costless('beta')],
      bars: quietDays({ alpha: 100 }, { beta: 10 }, { alpha: 100 }),
    });

    expect(unitsOf(result)).toEqual([-5]);
    expect(result.events.map(({ order, what }) => [order, what])).toEqual([
      [1, 'accepted'],
      [1, 'cancelled'],
      [2, 'accepted'],
    ]);
  });

  it('trade at the close when told so', () => {
    const bars = quietDays({ alpha: 100 }, { alpha: [100, 103] });
    const result = run([1], { bars, sleeveOrders: 'market-on-close' });

    expect(result.fills.map(({ price }) => price)).toEqual([103]);
  });

  it('ask again for what the risk rule refused', () => {
    const result = run([60, 60], { grossMax: 1 });

    expect(result.events.map(({ what }) => what)).toEqual(['refused', 'refused', 'refused']);
    expect(held(result)).toEqual([0, 0]);
  });

  it('share the value of a split and its rest', () => {
    const result = run([5, 2], {
      instruments: [costless('alpha', { lot: 1 })],
      bars: quietDays({ alpha: 100 }, { alpha: 100 }, { alpha: 200 }),
      actions: [{ kind: 'split', time: dayAt(2), instrumentId: 'alpha', ratio: 0.5 }],
    });

    // 3.5 shares are 3, and 100 in cash.
    expect(result.state.units).toEqual({ alpha: 300_000_000n });
    expect([...result.equity]).toEqual([10_000, 10_000, 10_000]);
    for (const equity of Object.values(result.sleeveEquity)) {
      expect([...equity]).toEqual([5000, 5000, 5000]);
    }
  });

  /** Units that the sleeves hold in sum, off those of the account, and fills beyond the net wish. */
  function nettingProblems(result: PortfolioRun, wishes: readonly number[]): string[] {
    const real = result.state.units['alpha'] ?? 0n;
    const shared = result.state.sleeves.reduce(
      (sum, { units }) => sum + (units['alpha'] ?? 0n),
      0n,
    );
    const net = wishes.reduce((sum, wish) => sum + wish, 0);
    const traded = unitsOf(result).reduce((sum, units) => sum + Math.abs(units), 0);
    return [
      ...(real === shared ? [] : [`sleeves hold ${String(shared)}, the account ${String(real)}`]),
      ...(Math.abs(fromUnits(real) - net) <= 0.5
        ? []
        : [`holds ${String(real)} for ${String(net)}`]),
      ...(traded <= Math.abs(net) + 0.5 ? [] : [`traded ${String(traded)} for ${String(net)}`]),
    ];
  }

  const wishes = fc.array(fc.double({ min: -9, max: 9, noNaN: true }), {
    minLength: 1,
    maxLength: 6,
  });

  it('trade no more than their net, whatever they want', () => {
    fc.assert(
      fc.property(wishes, (wanted) => {
        const result = run(wanted, { instruments: [costless('alpha', { lot: 1 })] });

        expect(nettingProblems(result, wanted)).toEqual([]);
      }),
    );
  });

  it.each<[string, (result: PortfolioRun) => PortfolioRun]>([
    [
      'orders of every sleeve for itself',
      (result) => ({ ...result, fills: [...result.fills, ...result.fills] }),
    ],
    [
      'a sleeve that keeps one part of 1e8',
      ({ state, ...result }) => ({
        ...result,
        state: { ...state, units: { alpha: (state.units['alpha'] ?? 0n) + 1n } },
      }),
    ],
  ])('would notice %s', (_, plant) => {
    const result = run([5, -3], { instruments: [costless('alpha', { lot: 1 })] });

    expect(nettingProblems(result, [5, -3])).toEqual([]);
    expect(nettingProblems(plant(result), [5, -3])).not.toEqual([]);
  });
});
