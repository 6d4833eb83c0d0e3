import { z } from 'zod';
import { xoshiro } from '../../engine/random.ts';
import { STRATEGIES, strategyById } from '../../strategies/registry.ts';
import { defineStrategy, type StrategyRules } from '../../strategies/strategy.ts';
import { randomBars } from '../support/bars.ts';
import {
  checkContract,
  rowsAgainstWarmUp,
  rowsOutOfRange,
  rowsThatLookAhead,
} from '../../jobs/check/strategy-contract.ts';
import { strategyContract } from '../support/strategy-contract.ts';

for (const strategy of STRATEGIES) {
  strategyContract(strategy);
}

/** A strategy that is bad in the ways that are given. */
function plantedStrategy(over: Partial<StrategyRules<Record<string, never>, 'signal'>>) {
  return defineStrategy<Record<string, never>, 'signal'>({
    id: 'planted',
    title: 'Planted',
    description: 'Breaks the contract.',
    parameters: z.strictObject({}),
    defaultParameters: {},
    trainer: z.strictObject({}),
    trainerJob: 'retrain/search',
    sample: null,
    featureSpec: () => ({ names: [], warmUpBars: 0 }),
    warmUpBars: () => 20,
    initialState: () => ({}),
    prepare: ({ close }) => ({ signal: close }),
    decide: ({ features }, state) => ({
      forecast: features.signal > 0 ? 1 : -1,
      target: features.signal > 0 ? 1 : 0,
      state,
    }),
    ...over,
  });
}

function planted(over: Parameters<typeof plantedStrategy>[0]) {
  return plantedStrategy(over).bind({});
}

describe('checkContract', () => {
  const bars = randomBars(600, 11);

  it('accepts a strategy that keeps it', () => {
    expect(rowsThatLookAhead(planted({}), bars)).toEqual([]);
    expect(rowsAgainstWarmUp(planted({}), bars)).toEqual([]);
    expect(rowsOutOfRange(planted({}), bars)).toEqual([]);
  });

  it('catches a signal that is shifted by one bar', () => {
    const leaky = planted({
      prepare: ({ close }) => ({
        signal: close.map((value, t) => (close[t + 1] ?? value) - value),
      }),
    });

    // About half of the next moves change their sign; the last row has no next bar to leak.
    expect(rowsThatLookAhead(leaky, bars).length).toBeGreaterThan(200);
  });

  it('catches normalizing over the whole series', () => {
    const leaky = planted({
      prepare: ({ close }) => {
        const mean = close.reduce((sum, value) => sum + value, 0) / close.length;
        return { signal: close.map((value) => value - mean) };
      },
    });

    expect(rowsThatLookAhead(leaky, bars)).not.toEqual([]);
  });

  it('catches a leak on a single row', () => {
    const leaky = planted({
      prepare: ({ close }) => ({
        signal: close.map((value, t) => (t === 300 ? (close[301] ?? 0) - value * 2 : value)),
      }),
    });

    expect(rowsThatLookAhead(leaky, bars)).toEqual([300]);
  });

  it('catches a view that is undefined after warm-up', () => {
    const late = planted({
      decide: ({ index }, state) => ({ forecast: index < 30 ? Number.NaN : 1, target: 0, state }),
    });

    expect(rowsAgainstWarmUp(late, bars)).toEqual([20, 21, 22, 23, 24, 25, 26, 27, 28, 29]);
  });

  it('catches a target above 1 that only a full holding brings out', () => {
    const greedy = planted({
      decide: ({ held }, state) => ({ forecast: 0, target: held + 0.1, state }),
    });

    expect(rowsOutOfRange(greedy, bars)).toHaveLength(580);
  });
});

describe('checkContract over a whole strategy', () => {
  const problems = (over: Parameters<typeof plantedStrategy>[0]) =>
    checkContract(plantedStrategy(over)).flatMap(({ promise, problem }) =>
      problem === null ? [] : [`${promise}: ${problem}`],
    );

  it('finds nothing in a strategy that keeps every promise', () => {
    expect(problems({})).toEqual([]);
  });

  let calls = 0;
  it.each<[string, Parameters<typeof plantedStrategy>[0], RegExp]>([
    [
      'decisions that depend on how often it was asked',
      {
        decide: (_, state) => {
          calls += 1;
          return { forecast: calls % 7, target: 0, state };
        },
      },
      /decides the same on the same bars: \d+ rows/,
    ],
    [
      'a column that is too short',
      { prepare: ({ close }) => ({ signal: close.slice(1) }) },
      /column signal must have 600 values, had 599/,
    ],
    ['a description that is no sentence', { description: 'Fast' }, /must end with a full stop/],
    [
      'a trainer that needs a setting',
      { trainer: z.strictObject({ depth: z.int() }) },
      /trainer has a setting without a default/,
    ],
    [
      'parameters that take anything',
      { parameters: z.looseObject({}) as never },
      /it took the parameter colour/,
    ],
    [
      'code that throws',
      {
        decide: () => {
          throw new RangeError('no such bar');
        },
      },
      /does not look ahead on any row: it threw RangeError: no such bar/,
    ],
  ])('finds %s', (_, over, problem) => {
    expect(problems(over).join('\n')).toMatch(problem);
  });
});

describe('strategyById', () => {
  it('names the known ids and the nearest one when the id is unknown', () => {
    expect(() => strategyById('rsi-mcad')).toThrow(
      'strategyId must be one of buy-and-hold, ewmac-carry, ml-forecast, rsi-macd, was "rsi-mcad". Did you mean rsi-macd?',
    );
  });

  it('does not guess when nothing is near', () => {
    expect(() => strategyById('zzz')).toThrow(/was "zzz"\.$/);
  });
});

describe('parameters of rsi-macd', () => {
  const rsiMacd = strategyById('rsi-macd');

  it.each([
    [{ macdFast: 26 }, 'macdFast: must be smaller than macdSlow, was 26'],
    [{ rsiPeriod: 1 }, 'rsiPeriod must be >= 2, was 1'],
    [{ rsiPeriod: 14.5 }, 'rsiPeriod must be of type int, was 14.5'],
    [{ macdSignal: undefined }, 'macdSignal must be of type number, was missing'],
    [{ rsiPeriods: 5 }, 'Did you mean rsiPeriod?'],
  ])('are refused when %j is wrong', (change, message) => {
    expect(() => rsiMacd.bind({ ...rsiMacd.defaultParameters, ...change })).toThrow(message);
  });

  it('are all valid when they are drawn for a search', () => {
    const random = xoshiro(3);

    for (let draw = 0; draw < 1000; draw += 1) {
      const parameters = rsiMacd.sample?.(random);

      expect(rsiMacd.parameters.safeParse(parameters).success).toBe(true);
    }
  });
});

describe('decide of ml-forecast', () => {
  const decideAt = strategyById('ml-forecast')
    .bind({ entry: 0.6, exit: 0.4, horizonBars: 5, l2: 1 })
    .prepare({
      length: 1,
      cached: (_key: string, compute: () => Float64Array) => compute(),
    } as never);

  it.each([
    [null, 1, 0],
    [0.6, 0, 0],
    [0.61, 0, 1],
    [0.4, 1, 1],
    [0.39, 1, 0],
  ])('with probability %p and holding %p wants %p', (prediction, held, target) => {
    expect(decideAt({ index: 0, prediction, held }, {}).target).toBe(target);
  });
});
