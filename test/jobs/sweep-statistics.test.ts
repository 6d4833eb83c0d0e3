import { returnsOf } from '../../engine/statistics/returns.ts';
import { periodSharpeOf } from '../../engine/statistics/ratios.ts';
import { fillReturns } from '../../engine/sweep/fill-returns.ts';
import { axesOf, flatParameters } from '../../jobs/backtest/parameter-axes.ts';
import { sweepStatistics } from '../../jobs/backtest/sweep-statistics.ts';
import { sweepJob } from '../../jobs/backtest/sweep.ts';
import { eventFigures, seriesOf } from '../../jobs/backtest/sweep-steps.ts';
import { prepareBacktest, walkBacktest } from '../../jobs/backtest/walk-backtest.ts';
import { luckNotice } from '../../jobs/backtest/page/luck-notice.ts';
import type { SweepRequest } from '../../schemas/backtest.ts';
import { strategyById } from '../../strategies/registry.ts';
import { randomBars } from '../support/bars.ts';
import { requestOf } from '../support/golden-backtests.ts';

const rsiMacd = strategyById('rsi-macd');
const bars = randomBars(900, 5);
const COSTS = { feeBps: 3, halfSpreadBps: 1 };

function sweepRequest(): SweepRequest {
  const { parameters: _, include: __, ...shared } = requestOf({ costModel: COSTS });
  return { ...shared, command: 'sweep', parametersFile: '-', threads: 1, progress: false };
}

/** Returns of a parameter set as the engine's equity has them. */
async function engineReturns(set: object): Promise<number[]> {
  const request = requestOf({ costModel: COSTS, parameters: JSON.stringify(set) });
  const { equity } = await walkBacktest(prepareBacktest(request, rsiMacd, bars));
  return returnsOf(equity, request.initialCash);
}

describe('fillReturns', () => {
  it('are the returns of the engine', async () => {
    const job = await sweepJob(sweepRequest(), rsiMacd, bars, [{ rsiPeriod: 7 }], {
      withKernel: false,
    });
    if (job.kind !== 'events') throw new Error('it must run bar by bar');
    const told = fillReturns(job);
    eventFigures(job, 0, rsiMacd, seriesOf(job), told);
    const expected = await engineReturns({ rsiPeriod: 7 });

    const worst = told
      .returns()
      .reduce((most, value, at) => Math.max(most, Math.abs(value - (expected[at] as number))), 0);

    expect(expected.some((value) => value !== 0)).toBe(true);
    expect(worst).toBeLessThan(1e-12);
  });

  it('would notice a fee that is left out', async () => {
    const job = await sweepJob(sweepRequest(), rsiMacd, bars, [{}], { withKernel: false });
    if (job.kind !== 'events') throw new Error('it must run bar by bar');
    const told = fillReturns({ ...job, feeBps: 0 });
    eventFigures(job, 0, rsiMacd, seriesOf(job), told);
    const expected = await engineReturns({});

    expect(told.returns().some((value, at) => Math.abs(value - (expected[at] ?? 0)) > 1e-12)).toBe(
      true,
    );
  });
});

describe('sweepStatistics', () => {
  const sets = [5, 8, 11, 14, 17, 20].map((rsiPeriod) => ({ rsiPeriod }));

  async function statisticsOf(some: readonly object[]) {
    const returns = await Promise.all(some.map(engineReturns));
    const rows = some.map((params, at) => ({
      ...{ params, trades: 1, maxDrawdown: 0 },
      finalEquity: (returns[at] ?? []).reduce((wealth, value) => wealth * (1 + value), 1e6),
    }));
    const sharpes = returns.map((values) => periodSharpeOf(values));
    return { rows, found: await sweepStatistics(sweepRequest(), rsiMacd, bars, { rows, sharpes }) };
  }

  it('ranks the sets, deflates their ratios by the number of trials, and judges overfitting', async () => {
    const { rows, found } = await statisticsOf(sets);
    const equities = found.best.map(({ set }) => rows[set]?.finalEquity ?? 0);

    expect(found.trials).toBe(6);
    expect(equities).toEqual(equities.toSorted((one, other) => other - one));
    expect(found.luckySharpe).toBeGreaterThan(0);
    expect(found.best[0]?.deflatedSharpe).toBeGreaterThan(0);
    expect(found.best[0]?.deflatedSharpe).toBeLessThan(1);
    // 900 bars without a warm-up of 250 are 650: 16 blocks of 40.
    expect(found.overfitting).toMatchObject({ sets: 6, bars: 640 });
  });

  it('asks more of the same winner when more was tried', async () => {
    const few = await statisticsOf(sets.slice(0, 3));
    const many = await statisticsOf([...sets.slice(0, 3), ...sets.slice(0, 3), ...sets]);

    expect(many.found.luckySharpe).toBeGreaterThan(few.found.luckySharpe);
  });

  it('judges no overfitting of one set, and says so', async () => {
    const { found } = await statisticsOf(sets.slice(0, 1));

    expect(found.overfitting).toBeNull();
    expect(luckNotice(found).markup).toContain('needs at least 2 sets and 160 bars');
  });

  it('warns unless deflated ratio and overfitting both speak against luck', () => {
    const best = { set: 0, sharpe: 2, deflatedSharpe: 0.99 };
    const fine = { trials: 9, luckySharpe: 0.1, best: [best] };
    const pbo = (value: number) => ({ pbo: value, sets: 9, bars: 640 });

    expect(luckNotice({ ...fine, overfitting: pbo(0.1) }).markup).toContain('notice calm');
    expect(luckNotice({ ...fine, overfitting: pbo(0.6) }).markup).toContain('may be luck');
    expect(
      luckNotice({ ...fine, best: [{ ...best, deflatedSharpe: 0.9 }], overfitting: pbo(0.1) })
        .markup,
    ).toContain('may be luck');
  });
});

describe('axesOf', () => {
  const sets = [
    { entry: 50, period: 7, rule: 'a', same: 1 },
    { entry: 40, period: 7, rule: 'a', same: 1 },
    { entry: 60, period: 14, rule: 'b', same: 1 },
  ];

  it('takes the two parameters with the most values, each in ascending order', () => {
    expect(axesOf(sets, null)).toEqual([
      { name: 'entry', labels: ['40', '50', '60'], cells: [1, 0, 2] },
      { name: 'period', labels: ['7', '14'], cells: [0, 0, 1] },
    ]);
  });

  it('takes the ones that are wanted, texts included', () => {
    expect(axesOf(sets, ['rule'])).toEqual([
      { name: 'rule', labels: ['a', 'b'], cells: [0, 0, 1] },
    ]);
  });

  it('puts many values into twelve ranges that hold all of them', () => {
    const many = Array.from({ length: 100 }, (_, at) => ({ level: at / 10 }));
    const [axis] = axesOf(many, null);

    expect(axis?.labels).toHaveLength(12);
    expect(axis?.cells[0]).toBe(0);
    expect(axis?.cells.at(-1)).toBe(11);
  });

  it('puts many whole numbers into ranges of as many each', () => {
    const many = Array.from({ length: 39 }, (_, at) => ({ period: at + 2 }));
    const [axis] = axesOf(many, null);

    expect(axis?.labels.slice(0, 2)).toEqual(['2 to 5', '6 to 9']);
    expect(axis?.labels.at(-1)).toBe('38 to 40');
    expect(axis?.cells).toEqual(many.map(({ period }) => Math.floor((period - 2) / 4)));
  });

  it.each([
    [['entri'], /was entri\. Varying: entry, period, rule\. Did you mean entry\?/],
    [['same'], /same is the same in all sets/],
  ])('refuses %j', (wanted, message) => {
    expect(() => axesOf(sets, wanted)).toThrow(message);
  });

  it('has no side when nothing varies', () => {
    expect(axesOf([{ a: 1 }, { a: 1 }], null)).toEqual([]);
  });

  it('names nested parameters by their path', () => {
    expect(flatParameters({ rules: [{ fast: 2 }, { fast: 4 }], cap: 20 })).toEqual({
      'rules.0.fast': 2,
      'rules.1.fast': 4,
      cap: 20,
    });
  });
});
