import { formatBars } from '../../engine/bars-file.ts';
import { xoshiro } from '../../engine/random.ts';
import { compareParameters, drawCandidates } from '../../jobs/retrain/candidates.ts';
import { searchParameters } from '../../jobs/retrain/search.ts';
import { RetrainResult, type RetrainInput } from '../../schemas/jobs/retrain.ts';
import type { Bar } from '../../schemas/bar.ts';
import { dayAt, randomBars, withOtherFuture } from '../support/bars.ts';
import { JobDirectory } from '../support/job-directory.ts';
import { SOURCE_HASHES } from '../support/source-hashes.ts';

const directory = new JobDirectory();
afterAll(() => {
  directory.close();
});

const BARS = randomBars(800, 21);

function input(over: Partial<RetrainInput> = {}): RetrainInput {
  return {
    strategyId: 'rsi-macd',
    trainWindow: { from: dayAt(300), to: dayAt(800) },
    holdoutBars: 120,
    seed: 7,
    trainer: { candidates: 40 },
    costModel: { feeBps: 1, halfSpreadBps: 1 },
    ...over,
  };
}

function search(over: Partial<RetrainInput> = {}, bars: readonly Bar[] = BARS): RetrainResult {
  return searchParameters(input(over), bars, SOURCE_HASHES);
}

describe('retrain/search', () => {
  it('proposes the parameters with the best score and says what it looked at', async () => {
    const run = await directory.run('retrain/search', input(), { 'bars.csv': formatBars(BARS) });

    const result = RetrainResult.parse(run.result());
    expect(result).toMatchObject({
      modelSha256: null,
      trials: 40,
      labelHorizonBars: 1,
      // 500 bars, of which 120 are held out and 1 is the label horizon.
      fit: { from: dayAt(300), last: dayAt(678), bars: 379 },
      holdout: { from: dayAt(680), last: dayAt(799), bars: 120 },
      strategySource: 'source of rsi-macd',
      trainerLock: 'search lock',
      engineVersion: 'engine-1+eeeeeeeeeeee',
    });
    const { evidence } = result;
    const best = evidence['Best score (median Sharpe over folds)'];
    expect(best).toBeGreaterThanOrEqual(Number(evidence['Score of the default parameters']));
    expect(best).toBeGreaterThanOrEqual(Number(evidence['Median score of all candidates']));
  });

  it('gives the same bytes for the same seed and bars', async () => {
    const files = { 'bars.csv': formatBars(BARS) };
    const [first, second] = [
      await directory.run('retrain/search', input(), files),
      await directory.run('retrain/search', input(), files),
    ];

    expect(second.output('result.json')).toBe(first.output('result.json'));
  });

  it('draws other candidates with another seed', () => {
    expect(search({ seed: 8 }).evidence).not.toEqual(search({ seed: 7 }).evidence);
  });

  it('never sees the held-out bars nor anything after them', () => {
    // Row 679 is the label of the last fit row 678; search needs rows up to 678.
    expect(search({}, withOtherFuture(BARS, 678))).toEqual(search());
    expect(search({}, withOtherFuture(BARS, 677)).evidence).not.toEqual(search().evidence);
  });

  it('tries the default parameters alone when asked for one candidate', () => {
    expect(search({ trainer: { candidates: 1 } })).toMatchObject({
      trials: 1,
      parameters: { rsiPeriod: 14, rsiEntry: 50, macdFast: 12, macdSlow: 26, macdSignal: 9 },
    });
  });

  it('stops at the end of a space that is smaller than the number of candidates', () => {
    expect(search({ strategyId: 'buy-and-hold' })).toMatchObject({ trials: 1, parameters: {} });
  });

  it.each<[string, Partial<RetrainInput>, string]>([
    [
      'an unknown setting',
      { trainer: { candidate: 5 } },
      'trainer settings of rsi-macd: unknown field candidate. Known: candidates, folds. Did you mean candidates?',
    ],
    ['a setting out of range', { trainer: { folds: 0 } }, 'folds must be >= 1, was 0'],
    ['a strategy that is trained', { strategyId: 'ml-forecast' }, 'Its trainer is retrain/train.'],
    ['an unknown strategy', { strategyId: 'rsi' }, 'strategyId must be one of'],
    [
      'too few bars',
      { trainWindow: { from: dayAt(580), to: dayAt(800) } },
      'trainWindow must leave at least 100 bars to fit on, was 99: [2013-08-04, 2014-03-12) holds 220 bars',
    ],
  ])('refuses %s', async (_case, over, message) => {
    const run = await directory.run('retrain/search', input(over), {
      'bars.csv': formatBars(BARS),
    });

    expect(run.code).toBe(65);
    expect(run.failure()).toContain(message);
  });
});

describe('drawCandidates', () => {
  it('draws each parameter set once, the given one first', () => {
    const candidates = drawCandidates({
      first: { a: 0, b: 0 },
      sample: (random) => ({ b: random.integer(3), a: random.integer(3) }),
      count: 9,
      random: xoshiro(1),
    });

    expect(candidates[0]).toEqual({ a: 0, b: 0 });
    const keys = candidates.map(({ a, b }) => `${JSON.stringify(a)}/${JSON.stringify(b)}`);
    expect(new Set(keys).size).toBe(9);
  });
});

describe('compareParameters', () => {
  it('orders by the first key that differs, numbers by size', () => {
    expect(compareParameters({ a: 9, b: 1 }, { a: 10, b: 0 })).toBeLessThan(0);
    expect(compareParameters({ a: 9, b: 1 }, { a: 9, b: 0 })).toBeGreaterThan(0);
    expect(compareParameters({ a: 'x', b: 1 }, { a: 'x', b: 1 })).toBe(0);
  });
});
