import { barSeries, type BarSeries } from '../../engine/bar-series.ts';
import { xoshiro } from '../../engine/random.ts';
import { drawdownOf } from '../../engine/statistics/drawdown.ts';
import { openAccount } from '../../engine/walk.ts';
import { walkStrategy } from '../../jobs/host/walk-strategy.ts';
import { sweepJob } from '../../jobs/backtest/sweep.ts';
import type { KernelJob, SweepJob } from '../../jobs/backtest/sweep-job.ts';
import {
  eventFigures,
  kernelFigures,
  runKernelShare,
  seriesOf,
} from '../../jobs/backtest/sweep-steps.ts';
import type { SweepFigures } from '../../engine/sweep/sweep-result.ts';
import type { Bar } from '../../schemas/bar.ts';
import type { SweepRequest } from '../../schemas/backtest.ts';
import type { ParameterSet } from '../../schemas/primitives.ts';
import { STRATEGIES, strategyById } from '../../strategies/registry.ts';
import type { Strategy } from '../../strategies/strategy.ts';
import { randomBars, sp500Bars } from '../support/bars.ts';
import { requestOf } from '../support/golden-backtests.ts';

/** One fill as the walk and the sweep both tell it. */
type FillRow = [index: number, side: string, units: number, price: number];
type Told = SweepFigures & { readonly fills: readonly FillRow[] };

const COSTS = { feeBps: 3, halfSpreadBps: 1 };
const SETS = 12;

const SHARES = STRATEGIES.filter(({ account }) => account === 'share');

function sweepRequest(over: Partial<SweepRequest> = {}): SweepRequest {
  const {
    parameters: _,
    include: __,
    ...shared
  } = requestOf({ costModel: COSTS, sizing: 'target' });
  return { ...shared, command: 'sweep', parametersFile: '-', threads: 1, progress: false, ...over };
}

/** The same sets for the same seed; the default set for a strategy that is not searched. */
function setsOf(strategy: Strategy, seed: number): ParameterSet[] {
  const random = xoshiro(seed);
  return Array.from(
    { length: SETS },
    () => strategy.sample?.(random) ?? strategy.defaultParameters,
  );
}

/** Stand-in for a model. */
function predictionsFor(strategy: Strategy, bars: number): Float64Array | null {
  const random = xoshiro(99);
  const wantsModel = strategy.bind(strategy.defaultParameters).featureSpec.names.length > 0;
  return wantsModel ? Float64Array.from({ length: bars }, () => random.uniform()) : null;
}

/** What the event-driven engine does. */
function walked(
  strategy: Strategy,
  set: ParameterSet,
  bars: readonly Bar[],
  series: BarSeries,
): Told {
  const bound = strategy.bind(set);
  const { fills, equity, account } = walkStrategy({
    bars,
    span: { fromIndex: 0, toIndex: bars.length },
    strategy: bound,
    decideAt: bound.prepare(series),
    firstDecision: bound.warmUpBars,
    predictions: predictionsFor(strategy, bars.length),
    releaseId: 'a'.repeat(64),
    account: openAccount(1_000_000),
    costModel: COSTS,
  });
  return {
    finalEquity: account.equity,
    trades: fills.filter(({ side }) => side === 'sell').length,
    maxDrawdown: drawdownOf(equity, 1_000_000).max,
    fills: fills.map(({ time, side, units, price }) => [
      series.time.indexOf(time),
      side,
      units,
      price,
    ]),
  };
}

/** What the threads of a sweep do, in this thread. */
function swept(job: SweepJob, set: number, strategy: Strategy): Told {
  const fills: FillRow[] = [];
  const onFill = (...fill: FillRow) => fills.push(fill);
  const figures =
    job.kind === 'events'
      ? eventFigures(job, set, strategy, seriesOf(job), { onFill })
      : kernelFigures(job, set, onFill);
  return { ...figures, fills };
}

async function jobFor(strategy: Strategy, bars: readonly Bar[], sets: readonly ParameterSet[]) {
  // A model cannot be given here: the stand-in takes its place after the job is made.
  const wantsModel = predictionsFor(strategy, 1) !== null;
  const job = await sweepJob(
    sweepRequest({ strategyId: strategy.id, warmUp: null }),
    wantsModel ? { ...strategy, bind: (set) => withoutModel(strategy, set) } : strategy,
    bars,
    sets,
  );
  if (job.kind === 'events') return { ...job, predictions: predictionsFor(strategy, bars.length) };
  runKernelShare(job);
  return job;
}

function withoutModel(strategy: Strategy, set: unknown) {
  return { ...strategy.bind(set), featureSpec: { names: [], warmUpBars: 0 } };
}

describe('a sweep', () => {
  // Strategies that trade futures are compared in parity.test.ts, as these are once more.
  it.each(SHARES.flatMap(({ id }) => [1, 2, 3, 4].map((seed) => [id, seed] as const)))(
    'of %s makes every decision that the engine makes, to the last bit, seed %d',
    async (id, seed) => {
      const strategy = strategyById(id);
      const bars = seed === 4 ? sp500Bars() : randomBars(1500, seed);
      const series = barSeries(bars);
      const sets = setsOf(strategy, seed);
      const job = await jobFor(strategy, bars, sets);

      const found = sets.map((_, set) => swept(job, set, strategy));

      expect(found).toEqual(sets.map((set) => walked(strategy, set, bars, series)));
      expect(found.some(({ fills }) => fills.length > 0)).toBe(true);
    },
  );

  const strategy = strategyById('rsi-macd');
  const bars = randomBars(1500, 5);
  const [set = {}] = setsOf(strategy, 5);

  async function kernelJob(): Promise<KernelJob> {
    const job = await jobFor(strategy, bars, [set]);
    if (job.kind !== 'rsi-macd') throw new Error('rsi-macd must have a kernel');
    return job;
  }

  it.each<[string, (job: KernelJob) => void]>([
    [
      'one bar that enters too early',
      (job) => {
        flip(job, 0);
      },
    ],
    [
      'one bar that stays too long',
      (job) => {
        flip(job, 1);
      },
    ],
    [
      'a fee that is a millionth higher',
      (job) => {
        Object.assign(job, { feeBps: COSTS.feeBps * (1 + 1e-6) });
      },
    ],
    [
      'a first decision at another bar',
      (job) => {
        Object.assign(job, { firstDecision: 400 });
      },
    ],
  ])('would notice %s', async (_, plant) => {
    const job = await kernelJob();
    const expected = walked(strategy, set, bars, barSeries(bars));
    expect(swept(job, 0, strategy)).toEqual(expected);

    plant(job);

    expect(swept(job, 0, strategy)).not.toEqual(expected);
  });

  /** Turns off every bit of one word that decides something: of enter (0) or of leave (1). */
  function flip(job: KernelJob, mask: number): void {
    const count = job.words.length / job.pairs / 2;
    const { fills } = swept(job, 0, strategy);
    const decided = (fills[mask]?.[0] ?? 0) - 1;
    for (let pair = 0; pair < job.pairs; pair += 1) {
      job.words[pair * 2 * count + mask * count + (decided >>> 5)] = 0;
    }
  }

  it('runs bar by bar where warm-ups differ', async () => {
    const differing: Strategy = {
      ...strategy,
      bind: (value) => ({
        ...strategy.bind(value),
        warmUpBars: (value as { rsiPeriod: number }).rsiPeriod === 7 ? 300 : 250,
      }),
    };
    const sets = [
      { ...strategy.defaultParameters, rsiPeriod: 7 },
      { ...strategy.defaultParameters, rsiPeriod: 8 },
    ];
    const series = barSeries(bars);

    const job = await jobFor(differing, bars, sets);

    expect(job.kind).toBe('events');
    expect(sets.map((_, at) => swept(job, at, differing))).toEqual(
      sets.map((one) => walked(differing, one, bars, series)),
    );
  });

  it('names the parameter set that is wrong', async () => {
    await expect(sweepJob(sweepRequest(), strategy, bars, [set, { rsiPerod: 3 }])).rejects.toThrow(
      /parameter set 1: .*rsiPerod.*Did you mean rsiPeriod/,
    );
    await expect(sweepJob(sweepRequest(), strategy, bars, [7])).rejects.toThrow(
      /parameter set 0: it must be an object of parameters, was "7"/,
    );
  });

  it('refuses a warm-up as long as the data', async () => {
    await expect(sweepJob(sweepRequest({ warmUp: 1500 }), strategy, bars, [set])).rejects.toThrow(
      /--warm-up must be less than the 1500 bars/,
    );
  });
});
