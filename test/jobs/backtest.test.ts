import '../support/onnx-realm.ts';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeLogisticModel } from '../../adapters/onnx/write-model.ts';
import { runBacktest } from '../../jobs/backtest/backtest.ts';
import { firstDecisionOf } from '../../jobs/backtest/first-decision.ts';
import { loadBars } from '../../jobs/backtest/load-bars.ts';
import type { BacktestRequest } from '../../schemas/backtest.ts';
import { strategyById } from '../../strategies/registry.ts';
import type { BoundStrategy, Strategy, StrategyDecision } from '../../strategies/strategy.ts';
import {
  differences,
  GOLDEN_BACKTESTS,
  marketBars,
  MARKETS,
  NOW,
  requestOf,
  runGolden,
} from '../support/golden-backtests.ts';
import { columnStrategy } from '../support/planted-leaks.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const rsiMacd = strategyById('rsi-macd');

/** The strategy with one planted bug. */
function bugged(change: (bound: BoundStrategy) => Partial<BoundStrategy>): Strategy {
  return {
    ...rsiMacd,
    bind: (parameters) => {
      const bound = rsiMacd.bind(parameters);
      return { ...bound, ...change(bound) };
    },
  };
}

function answering(answer: (decision: StrategyDecision, index: number) => StrategyDecision) {
  return bugged((bound) => ({
    prepare: (series) => {
      const decideAt = bound.prepare(series);
      return (moment, state) => answer(decideAt(moment, state), moment.index);
    },
  }));
}

function run(over: Partial<BacktestRequest> = {}, strategy = rsiMacd) {
  return runBacktest(requestOf(over), strategy, marketBars('walk'));
}

describe('runBacktest', () => {
  it('agrees with an independent implementation to 1e-9 on every market and parameter set', async () => {
    const problems: string[] = [];
    for (const golden of GOLDEN_BACKTESTS) {
      problems.push(...differences(golden, await runGolden(golden)));
    }

    expect(GOLDEN_BACKTESTS.length).toBeGreaterThanOrEqual(75);
    expect(problems).toEqual([]);
  });

  it.each<[string, Strategy]>([
    [
      'an exit level one point higher',
      {
        ...rsiMacd,
        bind: (parameters) => {
          const { rsiEntry, ...rest } = parameters as Record<string, number>;
          return rsiMacd.bind({ ...rest, rsiEntry: Number(rsiEntry) + 1 });
        },
      },
    ],
    [
      'averages seeded with the second close',
      bugged((bound) => ({
        columns: (series) => {
          const close = series.close.with(0, series.close[1] as number);
          return bound.columns({ ...series, close, cached: (_, compute) => compute() });
        },
      })),
    ],
    [
      'a decision that comes one bar late',
      bugged((bound) => ({
        prepare: (series) => {
          const decideAt = bound.prepare(series);
          return (moment, state) => decideAt({ ...moment, index: moment.index - 1 }, state);
        },
      })),
    ],
  ])('would notice %s', async (_, strategy) => {
    const golden = GOLDEN_BACKTESTS.find(({ market }) => market === 'walk');
    if (golden === undefined) throw new Error('there is no golden case');

    expect(differences(golden, await runGolden(golden, strategy))).not.toEqual([]);
  });

  it('reports an open trade with null exits, marked without an exit fee', async () => {
    const golden = GOLDEN_BACKTESTS.find(({ trades }) => trades.at(-1)?.[1] === null);
    if (golden === undefined) throw new Error('no golden case ends with an open trade');
    const { trades, finalEquity } = await runGolden(golden);
    const closed = trades.slice(0, -1).reduce((cash, trade) => cash * (1 + trade.return), 1e6);

    expect(trades.at(-1)).toMatchObject({ exitIndex: null, exitTime: null, exitPrice: null });
    expect(finalEquity).toBeCloseTo(closed * (1 + (trades.at(-1)?.return ?? 0)), 4);
  });

  it('decides first at the warm-up, fills at the next open, and orders nothing on the last bar', async () => {
    const bars = marketBars('walk');
    const buyAndHold = strategyById('buy-and-hold');
    const at = (warmUp: number) => run({ strategyId: 'buy-and-hold', warmUp }, buyAndHold);

    expect((await at(10)).trades[0]).toMatchObject({ entryIndex: 11, entryPrice: bars[11]?.open });
    expect((await at(bars.length - 2)).trades).toHaveLength(1);
    expect((await at(bars.length - 1)).trades).toEqual([]);
  });

  it('adds what is asked for, with null where a value is not defined yet', async () => {
    const { indicators, forecasts, equity } = await run({
      include: ['indicators', 'forecasts', 'equity'],
    });

    expect(indicators?.[13]).toMatchObject({ index: 13, rsi: null });
    expect(Object.keys(indicators?.[14] ?? {})).toEqual(['index', 'rsi', 'macd', 'signal']);
    expect(forecasts?.[249]).toMatchObject({ index: 249, combined: null, position: null, held: 0 });
    expect(forecasts?.[250]).toMatchObject({ index: 250, combined: expect.any(Number) });
    expect(equity?.[0]).toEqual({ index: 0, time: '2001-01-01', equity: 1_000_000 });
    expect(Object.keys(await run())).toEqual([
      'bars',
      'trades',
      'finalEquity',
      'maxDrawdown',
      'metrics',
    ]);
  });

  it('buys the whole cash, or the share that the strategy targets', async () => {
    const half = answering((decision) => ({ ...decision, target: decision.target / 2 }));
    const whole = (await run({ sizing: 'all-in' }, half)).finalEquity;

    expect(whole).toBe((await run()).finalEquity);
    expect((await run({ sizing: 'target' }, half)).finalEquity).not.toBe(whole);
  });
});

describe('runBacktest refuses', () => {
  it.each<[string, Partial<BacktestRequest>, RegExp]>([
    ['an unknown parameter', { parameters: '{"rsiPerod":3}' }, /rsiPerod.*Did you mean rsiPeriod/],
    ['bad JSON', { parameters: '{"rsiPeriod":' }, /--params must be JSON, was.*rsiPeriod/],
    ['parameters that are no object', { parameters: '[1]' }, /--params must be an object.*\[1\]/],
    [
      'a parameter out of range',
      { parameters: '{"rsiPeriod":0}' },
      /rsiPeriod must be >= 2, was 0/,
    ],
    [
      'a warm-up as long as the data',
      { warmUp: 1500 },
      /--warm-up must be less than the 1500 bars of .*walk\.csv, was 1500/,
    ],
    [
      'a model that nobody reads',
      { modelFile: MARKETS.walk },
      /--model must be left out for rsi-macd/,
    ],
  ])('%s', async (_, over, message) => {
    await expect(run(over)).rejects.toThrow(message);
  });

  it('a strategy that throws, with file, bar and cause', async () => {
    const strategy = answering((decision, index) => {
      if (index === 300) throw new RangeError('no such row');
      return decision;
    });

    await expect(run({}, strategy)).rejects.toThrow(
      /strategies\/rsi-macd\.ts decide at bar 300 \(2002-02-25\) must not throw, threw RangeError: no such row/,
    );
  });

  it.each(['forecast', 'target'] as const)('NaN as %s, with file, bar and field', async (field) => {
    const strategy = answering((decision, index) =>
      index === 300 ? { ...decision, [field]: Number.NaN } : decision,
    );

    await expect(run({}, strategy)).rejects.toThrow(
      new RegExp(
        `strategies/rsi-macd\\.ts decide at bar 300 \\(2002-02-25\\): ${field} must be.*was NaN`,
      ),
    );
  });

  it("a strategy's own warm-up that is longer than the data, without a word of --warm-up", () => {
    const strategy = strategyById('rsi-macd').bind(strategyById('rsi-macd').defaultParameters);
    const request = { warmUp: null, dataFile: 'short.csv' };

    expect(() => firstDecisionOf(request, strategy, 40)).toThrow(
      /^the strategy's warm-up must be less than the 40 bars of short\.csv, was \d+\. Use a longer file/,
    );
  });

  it('a target out of range, without a word of NaN', async () => {
    const strategy = answering((decision, index) =>
      index === 300 ? { ...decision, target: 1.7 } : decision,
    );

    const refused = run({}, strategy);
    await expect(refused).rejects.toThrow(/target must be .*was 1\.7\. Correct the strategy\.$/);
  });

  it('a number in the state that JSON does not have, with file, bar and field', async () => {
    const strategy = answering((decision, index) =>
      index === 300 ? { ...decision, state: { best: -Infinity } } : decision,
    );

    await expect(run({}, strategy)).rejects.toThrow(
      /decide at bar 300 \(2002-02-25\): state\.best must be a finite number or null, was -Infinity/,
    );
  });

  it('a column that is shorter than the bars, which would be read shifted', async () => {
    const shifted = {
      ...rsiMacd,
      bind: () => columnStrategy((close) => close.slice(1)),
    };

    await expect(run({}, shifted)).rejects.toThrow(
      /rsi-macd\.ts prepare: column \w+ must have \d+ values, had \d+\. Correct the strategy\.$/,
    );
  });

  it('a strategy whose columns cannot be computed', async () => {
    const strategy = bugged(() => ({
      prepare: () => {
        throw new Error('no columns');
      },
    }));

    await expect(run({}, strategy)).rejects.toThrow(
      /rsi-macd\.ts prepare must not throw.*no columns/,
    );
  });
});

describe('loadBars', () => {
  it('refuses a file that is not there, or that is no price file', () => {
    expect(() => loadBars('/nowhere/prices.csv', NOW)).toThrow(
      /--data must name.*\/nowhere.*ENOENT/,
    );
    const notPrices = MARKETS.walk.replace('walk.csv', 'reference.py');

    expect(() => loadBars(notPrices, NOW)).toThrow(/reference\.py line 1/);
  });
});

describe('a strategy with a model', () => {
  let model = '';
  const ml = strategyById('ml-forecast');

  beforeAll(async () => {
    model = join(await scratchDirectory('backtest-model'), 'model.onnx');
    const { names } = ml.bind(ml.defaultParameters).featureSpec;
    const ones = names.map((_, at) => (at % 2 === 0 ? 1 : -1));
    writeFileSync(
      model,
      writeLogisticModel({
        means: ones.map(() => 0),
        scales: ones.map(() => 0.05),
        weights: ones,
        intercept: 0,
      }),
    );
  });

  it('is back-tested with the model of --model', async () => {
    const { trades } = await run({ strategyId: ml.id, modelFile: model }, ml);

    expect(trades.length).toBeGreaterThan(0);
  });

  it('is refused without one', async () => {
    await expect(run({ strategyId: ml.id }, ml)).rejects.toThrow(/--model must name an ONNX file/);
  });

  it('is refused before the inputs of its model are defined', async () => {
    await expect(run({ strategyId: ml.id, modelFile: model, warmUp: 10 }, ml)).rejects.toThrow(
      /--warm-up must be at least 249/,
    );
  });
});
