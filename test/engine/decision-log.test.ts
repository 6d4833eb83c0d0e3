import fc from 'fast-check';
import { barColumns } from '../../engine/bar-series.ts';
import { RecordKind, type RecordColumns } from '../../engine/decision-log/decision-log.ts';
import type { WalkLedger } from '../../engine/decision-log/walk-ledger.ts';
import { measure, measureWalk } from '../../engine/metrics.ts';
import { fromMoney } from '../../engine/portfolio/money.ts';
import { lcg } from '../../engine/random.ts';
import { openAccount, walk, type Walk, type WalkOptions } from '../../engine/walk.ts';
import { randomBars } from '../support/bars.ts';

const BARS = 60;
const CASH = 1000;
const seeds = fc.integer({ min: 1, max: 1e6 });

/** Random answers; `change` may replace one. */
function answers(
  seed: number,
  change: (index: number) => Partial<Answer> = () => ({}),
): WalkOptions['decide'] {
  const random = lcg(seed);
  const rows = Array.from({ length: BARS }, (_, index) => ({
    forecast: index < 5 ? null : random.uniform(),
    prediction: index < 9 ? null : random.uniform(),
    target: [0, 0, 0.5, 1][random.integer(4)] ?? 0,
  }));
  return ({ index, state }) => ({ ...(rows[index] as Answer), ...change(index), state });
}

type Answer = Omit<ReturnType<WalkOptions['decide']>, 'state'>;

function walked(seed: number, more: Partial<WalkOptions> = {}): Walk {
  return walk({
    bars: randomBars(BARS, seed),
    span: { fromIndex: 0, toIndex: BARS },
    account: openAccount(CASH),
    costModel: { feeBps: 2, halfSpreadBps: 3 },
    releaseId: 'd'.repeat(64),
    decide: answers(seed),
    ...more,
  });
}

/** Bars that must have a record: those that ordered or whose target is another than before. */
function barsWithRecords({ decisions, orders }: Walk): number[] {
  const ordered = new Set(orders.map((order) => order.decidedAt));
  return decisions.flatMap(({ time, target }, index) =>
    target !== decisions[index - 1]?.target || ordered.has(time) ? [index] : [],
  );
}

function isOneRecordAChange(one: Walk, records: RecordColumns = one.log.records): boolean {
  return JSON.stringify([...records.index]) === JSON.stringify(barsWithRecords(one));
}

describe('the records of a log', () => {
  it('are one for each order or change of the target', () => {
    fc.assert(fc.property(seeds, (seed) => isOneRecordAChange(walked(seed))));
  });

  it('are caught when one is missing or one too many', () => {
    const one = walked(3);
    const { index, target, kind } = one.log.records;
    const less = { index: index.slice(1), target: target.slice(1), kind: kind.slice(1) };
    const more = { index: Float64Array.of(0, ...index), target, kind };

    expect(isOneRecordAChange(one, less)).toBe(false);
    expect(isOneRecordAChange(one, more)).toBe(false);
  });
});

/** Bars whose digests differ. */
function barsApart(one: Walk, other: Walk): number[] {
  return [...one.log.digest].flatMap((digest, at) => (digest === other.log.digest[at] ? [] : [at]));
}

describe('the digest of a bar', () => {
  const BAR = 20;
  const at = (change: Partial<Answer>) => (index: number) => (index === BAR ? change : {});

  it.each([
    ['forecast', { forecast: 0.1234 }],
    ['forecast that is not defined', { forecast: null }],
    ['prediction', { prediction: 0.1234 }],
    ['prediction that is not defined', { prediction: null }],
  ])('changes with its %s, on that bar alone', (_, change) => {
    const other = walked(7, { decide: answers(7, at(change)) });

    expect(barsApart(walked(7), other)).toEqual([BAR]);
  });

  it('changes from the first bar on that another target, or another fee, makes different', () => {
    const always = (index: number) => ({ target: index < BAR ? 0 : 0.5 });
    const more = (index: number) => ({ target: index < BAR ? 0 : 0.6 });
    const one = walked(7, { decide: answers(7, always) });
    const target = walked(7, { decide: answers(7, more) });
    const costModel = { feeBps: 2.000001, halfSpreadBps: 3 };
    const fee = walked(7, { decide: answers(7, always), costModel });
    const from = (first: number) => Array.from({ length: BARS - first }, (_, i) => first + i);

    expect(barsApart(one, target)).toEqual(from(BAR));
    expect(barsApart(one, fee)).toEqual(from(BAR + 1));
  });

  it('does not depend on where a walk is cut, nor on bars being objects or columns', () => {
    const bars = barColumns(randomBars(BARS, 7));
    const first = walked(7, { span: { fromIndex: 0, toIndex: BAR } });
    const span = { fromIndex: BAR, toIndex: BARS };
    const second = walked(7, { span, account: first.account, bars });

    expect([...first.log.digest, ...second.log.digest]).toEqual([...walked(7).log.digest]);
  });
});

/** Entries sum to 0, and all of them to the cash that the walk ended with. */
function isBalanced({ account, fills }: Walk, ledger: WalkLedger): boolean {
  const { cash, position, fees, spread } = ledger;
  const isEach = [...cash].every(
    (amount, row) =>
      amount + (position[row] ?? 0n) + (fees[row] ?? 0n) + (spread[row] ?? 0n) === 0n,
  );
  const moved = [...cash].reduce((sum, amount) => sum + amount, 0n);
  // Three amounts of each entry are rounded to 1e-8, by half of it at most.
  const rounding = 1.5e-8 * (fills.length + 1);
  return isEach && Math.abs(CASH + fromMoney(moved) - account.cash) <= rounding;
}

describe('the ledger of a walk', () => {
  it('has an entry a fill that sums to 0 exactly, and explains the cash', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const one = walked(seed);
        return one.ledger.cash.length === one.fills.length && isBalanced(one, one.ledger);
      }),
    );
  });

  it('explains the cash of an account whose amounts do not fit into 64 bits', () => {
    const cash = 1e12;
    const large = walked(3, { account: openAccount(cash) });
    const small = walked(3, { account: openAccount(1e6) });
    const booked = [...large.ledger.cash].reduce((sum, amount) => sum + amount, 0n);

    expect(small.ledger.cash).toBeInstanceOf(BigInt64Array);
    // Would notice amounts that are cut off at 2^63 of 1e-8: they would be some 1e11 away.
    expect(Math.abs(cash + fromMoney(booked) - large.account.cash)).toBeLessThan(0.01);
    expect(large.ledger.cash.length).toBe(large.fills.length);
  });

  it('is caught when a fee is not booked, or booked on one side only', () => {
    const one = walked(3);
    const { cash, fees } = one.ledger;
    const free = BigInt64Array.from(fees, () => 0n);

    expect(isBalanced(one, { ...one.ledger, fees: free })).toBe(false);
    expect(
      isBalanced(one, {
        ...one.ledger,
        fees: free,
        cash: [...cash].map((amount, row) => amount + (fees[row] ?? 0n)),
      }),
    ).toBe(false);
  });
});

describe('risk rules', () => {
  it('log an order that wants too much as refused, and do not send it', () => {
    const one = walked(7, { riskRules: { targetMax: 0.5 } });
    const { target, kind } = one.log.records;
    const refused = [...target].filter((_, row) => kind[row] === RecordKind.Refused);

    expect(refused.length).toBeGreaterThan(3);
    expect(refused.every((wanted) => wanted === 1)).toBe(true);
    expect(one.orders.length).toBeGreaterThan(3);
    expect(one.orders.every((order) => order.target <= 0.5)).toBe(true);
    expect(one.orders.some((order) => order.side === 'sell')).toBe(true);
    expect(one.fills.length).toBeGreaterThanOrEqual(one.orders.length - 1);
  });

  it('refuse nothing when the walk has none', () => {
    expect([...walked(7).log.records.kind]).not.toContain(RecordKind.Refused);
  });

  it.each([0, 1.1, Number.NaN])('must have a targetMax in (0, 1], not %p', (targetMax) => {
    expect(() => walked(7, { riskRules: { targetMax } })).toThrow('targetMax must be in (0, 1]');
  });
});

describe('measureWalk', () => {
  it('gives what measure gives, to the last bit, also after a cut', () => {
    const cases = fc.tuple(seeds, fc.integer({ min: 0, max: BARS }));
    fc.assert(
      fc.property(cases, ([seed, cut]) => {
        const first = walked(seed, { span: { fromIndex: 0, toIndex: cut } });
        const span = { fromIndex: cut, toIndex: BARS };
        const second = walked(seed, { span, account: first.account });
        const initialEquity = first.account.equity;
        const { equity, fills } = second;
        const columns = measureWalk(second, barColumns(randomBars(BARS, seed)), initialEquity);
        return (
          JSON.stringify(columns) === JSON.stringify(measure({ equity, fills, initialEquity }))
        );
      }),
    );
  });

  it('would show when units were those of another bar', () => {
    const one = walked(3);
    const late = { ...one, units: Float64Array.of(0, ...one.units.subarray(1)).reverse() };
    const series = barColumns(randomBars(BARS, 3));

    expect(measureWalk(late, series, CASH)).not.toEqual(measureWalk(one, series, CASH));
  });
});
