import { exponentialAverage } from '../../engine/indicators.ts';
import { findLeaks, type Run } from '../../jobs/check/look-ahead.ts';
import { syntheticBars, withScrambledFuture } from '../../jobs/check/scramble.ts';
import { run } from '../../jobs/check/strategy.ts';
import { strategyRun } from '../../jobs/check/strategy-run.ts';
import { checkWarmUp } from '../../jobs/check/warm-up.ts';
import { STRATEGIES, strategyById } from '../../strategies/registry.ts';
import {
  CLEAN,
  columnStrategy,
  LEAKS,
  nextBarFill,
  PLANTED_WARM_UP,
  sameBarFill,
} from '../support/planted-leaks.ts';

const bars = syntheticBars(120, 3);
const OPTIONS = { fromRow: PLANTED_WARM_UP };
const ROWS = bars.length - PLANTED_WARM_UP;

function kindsOf(some: Run): string[] {
  return [...new Set(findLeaks(some, bars, OPTIONS).map(({ kind }) => kind))];
}

describe('findLeaks', () => {
  it.each(Object.entries(LEAKS))('catches %s', (_name, column) => {
    expect(kindsOf(strategyRun(columnStrategy(column)))).toContain('scrambled-future');
  });

  it('catches a fill at the close of the bar that was decided on, which truncation cannot', () => {
    expect(kindsOf(sameBarFill)).toEqual(['same-bar-fill']);
  });

  it.each(Object.entries(CLEAN))('lets %s pass', (_name, column) => {
    expect(findLeaks(strategyRun(columnStrategy(column)), bars, OPTIONS)).toEqual([]);
  });

  it('lets a fill at the next bar pass', () => {
    expect(findLeaks(nextBarFill, bars, OPTIONS)).toEqual([]);
  });

  it('needs no account that lives through thousands of bars of a made-up future', () => {
    const strategy = strategyById('rsi-macd');
    const run = strategyRun(strategy.bind(strategy.defaultParameters));
    const long = syntheticBars(5000, 3);
    const others = withScrambledFuture(long, 300);

    expect(run(others, 300)[300]?.decided).toBe(run(long, 300)[300]?.decided);
    // What happens without an end: the account grows beyond all numbers.
    expect(() => run(others)).toThrow('amount must be finite');
  });

  it('finds a leak on a single row', () => {
    const once = columnStrategy((close) =>
      close.map((value, t) => (t === 77 ? (close[78] ?? 1) : value * 0.9)),
    );

    expect(findLeaks(strategyRun(once), bars, OPTIONS)).toEqual([
      { row: 77, kind: 'truncated-future' },
      { row: 77, kind: 'scrambled-future' },
      // The position that came of it is in force over the very move that it knew.
      { row: 78, kind: 'same-bar-fill' },
    ]);
  });

  it('finds a leak that no decision shows yet, in what was computed', () => {
    // One part in a million of the next close never turns the decision.
    const slight = columnStrategy((close) =>
      close.map((value, t) => 1 + value * 1e-9 + (close[t + 1] ?? 0) * 1e-6),
    );

    expect(findLeaks(strategyRun(slight), bars, OPTIONS).length).toBeGreaterThan(ROWS);
  });

  it('tries every row', () => {
    const done: number[] = [];
    findLeaks(nextBarFill, bars, { ...OPTIONS, onRow: (row) => done.push(row) });

    expect(done).toEqual(Array.from({ length: ROWS }, (_, row) => row + 1));
  });
});

describe('checkWarmUp', () => {
  const long = syntheticBars(500, 4);

  it.each([
    [20, false],
    [1200, true],
  ])('of an average over 200 bars with %p bars of warm-up says %p', (warmUp, passed) => {
    const strategy = columnStrategy((close) => exponentialAverage(close, 200), warmUp);
    const enough = warmUp > 400 ? syntheticBars(2500, 4) : long;

    const findings = checkWarmUp(strategy, enough, [200, 300]);

    expect(findings.map((finding) => finding.passed)).toEqual([passed, passed]);
  });

  it('fails where a view is undefined at the end of the warm-up', () => {
    const late = columnStrategy((close) => close.map((_, t) => (t < 40 ? Number.NaN : 1)));

    expect(checkWarmUp(late, long, [100])).toMatchObject([
      { startRow: 100, row: 130, forecastDifference: null, passed: false },
    ]);
  });
});

describe('a strategy that trades futures', () => {
  const carry = { carry: { weight: 0.5, scalar: 30, smoothingCom: 20 } };
  const rules = [{ fast: 2, slow: 8, scalar: 10.6, weight: 0.5 }];
  const ewmacCarry = strategyById('ewmac-carry');
  const bound = ewmacCarry.bind({ ...ewmacCarry.defaultParameters, ...carry, rules });
  const future = syntheticBars(200, 3);

  it('with carry knows nothing of the future on any row', () => {
    expect(findLeaks(strategyRun(bound), future, { fromRow: 110 })).toEqual([]);
  });

  it.each(['nextOpen', 'closeDelay'])('holds over a bar what was decided before it: %s', (fill) => {
    const other = ewmacCarry.bind({ ...bound.parameters, execution: fill });

    expect(findLeaks(strategyRun(other), future, { fromRow: 110 })).toEqual([]);
  });

  it('is caught when its carry is that of the next day', () => {
    const late: typeof bound = {
      ...bound,
      prepare: (series) => {
        const { curve } = series;
        const carryAhead = curve?.carry.map((value, t) => curve.carry[t + 1] ?? value);
        return bound.prepare({
          ...series,
          curve: curve && { ...curve, carry: carryAhead ?? curve.carry },
        });
      },
    };

    const kinds = findLeaks(strategyRun(late), future, { fromRow: 110 }).map(({ kind }) => kind);

    expect(kinds).toContain('scrambled-future');
  });
});

describe.each(STRATEGIES.map(({ id }) => id))('registered strategy %s', (strategyId) => {
  const lines: string[] = [];

  function check(which: 'look-ahead' | 'warm-up', rows: number) {
    const input = { check: which, strategyId, parameters: null, rows, seed: 1, dataFile: null };
    return run({ input, log: (line: string) => lines.push(line) } as never);
  }

  it('does not look ahead on any row', async () => {
    expect(await check('look-ahead', 60)).toMatchObject({ passed: true, leaks: [], rows: 60 });
    expect(lines).toContain('50 of 60 rows checked');
  });

  it('has a warm-up that is long enough', async () => {
    const { starts, passed } = await check('warm-up', 100);

    expect(starts.filter((start) => !start.passed)).toEqual([]);
    expect({ passed, starts: starts.length }).toEqual({ passed: true, starts: 10 });
  });
});
