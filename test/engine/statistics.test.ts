import { bootstrapPValue } from '../../engine/bootstrap.ts';
import { lcg } from '../../engine/random.ts';
import {
  expectedMaximumSharpe,
  deflatedSharpeOf,
} from '../../engine/statistics/deflated-sharpe.ts';
import { growthOf } from '../../engine/statistics/growth.ts';
import { kurtosisOf, skewnessOf } from '../../engine/statistics/moments.ts';
import { defaultLags, neweyWestT } from '../../engine/statistics/newey-west.ts';
import { normalProbability, normalQuantile } from '../../engine/statistics/normal.ts';
import { hitRateOf, profitFactorOf, tailRatioOf } from '../../engine/statistics/outcomes.ts';
import {
  minimumTrackRecordOf,
  probabilisticSharpeOf,
  probabilityAbove,
  sharpeVarianceFactor,
} from '../../engine/statistics/probabilistic-sharpe.ts';
import { mannWhitney } from '../../engine/statistics/rank-sum.ts';
import { sharpeOf, sortinoOf } from '../../engine/statistics/ratios.ts';
import { returnStatistics } from '../../engine/statistics/return-statistics.ts';
import { differences, golden } from '../support/golden.ts';
import { normal, randomReturns, type ReturnSpec } from '../support/random-series.ts';

type Figures = Readonly<Record<string, number | null>>;

const GOLDEN = golden('statistics') as {
  readonly series: readonly (Figures & { readonly spec: ReturnSpec })[];
  readonly rankSums: readonly {
    readonly first: number[];
    readonly second: number[];
    readonly u1: number;
    readonly twoSided: number;
    readonly greater: number;
  }[];
  readonly normal: readonly { readonly z: number; readonly probability: number }[];
};

const ALTERNATING = [0.01, -0.01, 0.02, -0.02];

/** All figures of the golden file for one series. */
function figuresOf(returns: readonly number[], trials: readonly number[]): Figures {
  const values = Float64Array.from(returns);
  return {
    ...returnStatistics(returns, { trialSharpes: trials }),
    psrAbove: probabilisticSharpeOf(returns, 0.05),
    minTrlAbove: minimumTrackRecordOf(returns, { threshold: -0.1, confidence: 0.9 }),
    neweyWest3: neweyWestT(returns, 3),
    bootstrap: bootstrapPValue(values, { resamples: 200, blockBars: 5, random: lcg(9) }),
  } as unknown as Figures;
}

describe('statistics of returns', () => {
  it.each(GOLDEN.series)(
    'agree with numpy, scipy and statsmodels: $spec',
    ({ spec, ...figures }) => {
      const trials = Array.from({ length: 20 }, (_, k) => 0.02 * normal(lcg(spec.seed + k)));

      expect(differences(figuresOf(randomReturns(spec), trials), figures)).toEqual([]);
    },
  );

  it('would notice another divisor, excess kurtosis or an annualized ratio in psr', () => {
    const { spec, ...figures } = GOLDEN.series[1] as (typeof GOLDEN.series)[number];
    const returns = randomReturns(spec);
    const own = figuresOf(returns, [0]);
    const periods = returns.length;
    const planted: Figures = {
      sharpe: (own['sharpe'] ?? 0) * Math.sqrt(periods / (periods - 1)),
      kurt: (own['kurt'] ?? 0) - 3,
      psr: probabilisticSharpeOf(returns, 0.05 * Math.sqrt(252)),
    };

    const expected = Object.keys(planted).map((name) => [name, figures[name] ?? null]);
    expect(differences(planted, Object.fromEntries(expected) as Figures)).toHaveLength(3);
  });

  it.each([[[]], [[0.01]], [[0, 0, 0]], [[0.001, 0.001, 0.001, 0.001]], [[1e-200, 1e-200]]])(
    'leave ratios of %j undefined',
    (returns) => {
      const { sharpe, psr, dsr, minTrl, neweyWest, skew, kurt, calmar } = returnStatistics(returns);

      expect([sharpe, psr, dsr, minTrl, neweyWest, skew, kurt, calmar]).toEqual(
        new Array(8).fill(null),
      );
    },
  );

  it('have a Sharpe ratio and no Sortino ratio where nothing lost', () => {
    expect(sharpeOf([0.01, 0.02])).toBeCloseTo((0.015 / Math.sqrt(5e-5)) * Math.sqrt(252), 9);
    expect(sortinoOf([0.01, 0, 0.02])).toBeNull();
    // Against a target of 2 %: shortfalls −1 % and 0, so √(0.0001 / 2); mean −0.5 %.
    const ratio = sortinoOf([0.01, 0.02], { target: 0.02, periodsPerYear: 1 });
    expect(ratio).toBeCloseTo(-0.005 / Math.sqrt(0.00005), 12);
  });

  it('have a Sortino ratio where the squares of the losses vanish in float64', () => {
    expect(sortinoOf([1e-200, -1e-200], { periodsPerYear: 1 })).toBe(0);
  });

  it('count the starting 1 as a peak and the periods below it', () => {
    // 0.9, 0.99, 0.495, 0.99: down 10 %, then 50.5 % from 1; four periods below 1.
    const { maxDrawdown, drawdownPeriods } = growthOf([-0.1, 0.1, -0.5, 1]);

    expect(maxDrawdown).toBeCloseTo(0.505, 12);
    expect(drawdownPeriods).toBe(4);
  });

  it.each([
    [-1.01, 'returns[1] must be finite and >= -1, was -1.01'],
    [Number.NaN, 'returns[1] must be finite and >= -1, was NaN'],
  ])('refuse a return of %p', (value, message) => {
    expect(() => returnStatistics([0, value])).toThrow(message);
  });

  it('go on after a total loss', () => {
    expect(returnStatistics([0.1, -1, 0.1])).toMatchObject({
      cagr: -1,
      maxDrawdown: 1,
      calmar: -1,
    });
  });

  it('know gains from losses and leave their ratios undefined without losses', () => {
    expect(hitRateOf([0.1, 0, -0.1, 0.2])).toBeCloseTo(2 / 3, 12);
    expect(profitFactorOf([3, -1, -1])).toBe(1.5);
    expect([hitRateOf([0]), profitFactorOf([1]), tailRatioOf([0, 0])]).toEqual([null, null, null]);
  });

  it('are null for shape and tails of nothing', () => {
    expect([skewnessOf([]), kurtosisOf([5]), tailRatioOf([])]).toEqual([null, null, null]);
  });
});

describe('inference about Sharpe ratios', () => {
  it('has the figures of the paper of 2012: 24 months of 0.458, skew −2.448, kurtosis 10.164', () => {
    const evidence = (skewness: number, kurtosis: number) => ({
      periods: 24,
      sharpe: 0.458,
      varianceFactor: sharpeVarianceFactor({ sharpe: 0.458, skewness, kurtosis }),
    });

    expect(probabilityAbove(evidence(-2.448, 10.164), 0)).toBeCloseTo(0.913, 3);
    expect(probabilityAbove(evidence(0, 3), 0)).toBeCloseTo(0.982, 3);
  });

  it('has the figures of the paper of 2014: 2.5 a year, 1250 days, 100 trials of variance 1/2', () => {
    // A hundred ratios, half above and half below, whose variance with divisor 99 is 0.5 / 250.
    const apart = Math.sqrt((0.5 / 250) * 0.99);
    const trials = Array.from({ length: 100 }, (_, k) => (k % 2 === 0 ? apart : -apart));
    const sharpe = 2.5 / Math.sqrt(250);
    const varianceFactor = sharpeVarianceFactor({ sharpe, skewness: -3, kurtosis: 10 });

    const threshold = expectedMaximumSharpe(trials);

    expect(threshold).toBeCloseTo(0.1132, 4);
    expect(probabilityAbove({ periods: 1250, sharpe, varianceFactor }, threshold)).toBeCloseTo(
      0.9004,
      4,
    );
  });

  it('expects nothing of luck in one trial, so that dsr is psr', () => {
    const returns = [0.01, 0.02, -0.01];

    expect(expectedMaximumSharpe([0.7])).toBe(0);
    expect(deflatedSharpeOf(returns, [0.7])).toBe(probabilisticSharpeOf(returns));
  });

  it('is undefined where no track record suffices', () => {
    expect(minimumTrackRecordOf(ALTERNATING)).toBeNull();
    expect(minimumTrackRecordOf([0.01, 0.02, 0.03], { threshold: 5 })).toBeNull();
  });

  it('is undefined where the term under the root is 0 or less', () => {
    // Two values: skew 0, kurtosis 1, so the term is 1. A large ratio with skew 2 makes it negative.
    const varianceFactor = sharpeVarianceFactor({ sharpe: 1, skewness: 2, kurtosis: 1 });

    expect(varianceFactor).toBe(-1);
    expect(probabilityAbove({ periods: 10, sharpe: 1, varianceFactor }, 0)).toBeNull();
  });

  it.each([0, 1, Number.NaN])('refuses a confidence of %p', (confidence) => {
    expect(() => minimumTrackRecordOf(ALTERNATING, { confidence })).toThrow('was');
  });

  it.each([[[]], [[0.1, Number.NaN]]])('refuses trials %j', (trials) => {
    expect(() => expectedMaximumSharpe(trials)).toThrow('one or more finite numbers');
  });
});

describe('mannWhitney', () => {
  it.each(GOLDEN.rankSums)('agrees with scipy on U = $u1', (expected) => {
    const { first, second, ...figures } = expected;
    const both = mannWhitney(first, second);
    const { p: greater } = mannWhitney(first, second, 'greater');

    expect(differences({ u1: both.u1, twoSided: both.p, greater }, figures)).toEqual([]);
  });

  it('finds nothing in equal values and keeps p at 1 where the correction would exceed it', () => {
    expect(mannWhitney([2, 2], [2, 2, 2])).toEqual({ u1: 3, u2: 3, p: 1 });
    expect(mannWhitney([1, 4], [2, 3]).p).toBe(1);
  });

  it('refuses an empty sample', () => {
    expect(() => mannWhitney([], [1])).toThrow('first sample must be one or more finite numbers');
  });
});

describe('neweyWestT', () => {
  it('has the usual number of lags unless told', () => {
    expect([99, 100, 500, 1259].map(defaultLags)).toEqual([3, 4, 5, 7]);
  });

  it('takes more lags than periods as if they were all', () => {
    // e = ±1 around 0.5: the last covariance has one product; later ones have none.
    expect(neweyWestT([1.5, -0.5], 1)).not.toBeNull();
    expect(neweyWestT([1.5, -0.5], 1e6)).not.toBeNull();
  });

  it('refuses lags that are not a whole number', () => {
    expect(() => neweyWestT([1, 2], 1.5)).toThrow('lags must be a whole number >= 0, was 1.5');
  });
});

describe('bootstrapPValue', () => {
  it('is 1 / (B + 1) where no resample reaches, and 1 for a loss', () => {
    const options = () => ({ resamples: 99, blockBars: 2, random: lcg(3) });

    expect(bootstrapPValue(Float64Array.of(1, 1, 1, 1), options())).toBe(1 / 100);
    expect(bootstrapPValue(Float64Array.of(-1, -1, -1, -1), options())).toBe(1);
  });
});

describe('the normal distribution', () => {
  it.each([-3.2, -1, 0, 0.3, 1.7, 4.5])('has a quantile that undoes the probability of %p', (z) => {
    expect(normalQuantile(normalProbability(z))).toBeCloseTo(z, 10);
  });

  it.each(GOLDEN.normal)('agrees with scipy at $z', ({ z, probability }) => {
    expect(differences({ p: normalProbability(z) }, { p: probability }, 1e-13)).toEqual([]);
  });
});
