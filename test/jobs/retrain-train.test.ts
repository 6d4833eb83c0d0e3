import '../support/onnx-realm.ts';
import { createHash } from 'node:crypto';
import { formatBars } from '../../engine/bars-file.ts';
import { xoshiro } from '../../engine/random.ts';
import { solveSymmetric } from '../../jobs/retrain/cholesky.ts';
import { chooseStrength } from '../../jobs/retrain/choose-strength.ts';
import { judgeModel } from '../../jobs/retrain/judge-model.ts';
import {
  fitLogistic,
  probabilityOf,
  type Samples,
} from '../../jobs/retrain/logistic-regression.ts';
import { trainModel } from '../../jobs/retrain/train.ts';
import type { Bar } from '../../schemas/bar.ts';
import { RetrainResult, type RetrainInput } from '../../schemas/jobs/retrain.ts';
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
    strategyId: 'ml-forecast',
    trainWindow: { from: dayAt(300), to: dayAt(800) },
    holdoutBars: 120,
    seed: 7,
    trainer: {},
    costModel: { feeBps: 1, halfSpreadBps: 1 },
    ...over,
  };
}

function train(over: Partial<RetrainInput> = {}, bars: readonly Bar[] = BARS) {
  return trainModel(input(over), bars, SOURCE_HASHES);
}

describe('retrain/train', () => {
  it('writes the model and says what it looked at', async () => {
    const run = await directory.run('retrain/train', input(), { 'bars.csv': formatBars(BARS) });

    const result = RetrainResult.parse(run.result());
    expect(result).toMatchObject({
      trials: 4,
      labelHorizonBars: 5,
      fit: { from: dayAt(300), last: dayAt(674), bars: 375 },
      holdout: { from: dayAt(680), last: dayAt(799), bars: 120 },
      strategySource: 'source of ml-forecast',
      trainerLock: 'train lock',
    });
    expect(result.modelSha256).toBe(
      createHash('sha256').update(run.outputBytes('model.onnx')).digest('hex'),
    );
    expect(result.featureSpec.names).toHaveLength(12);
    expect(result.parameters['exit']).toBeLessThan(Number(result.parameters['entry']));
  });

  it('gives the same bytes again, model included', async () => {
    const files = { 'bars.csv': formatBars(BARS) };
    const [first, second] = [
      await directory.run('retrain/train', input(), files),
      await directory.run('retrain/train', input(), files),
    ];

    expect(second.output('result.json')).toBe(first.output('result.json'));
    expect(second.outputBytes('model.onnx')).toEqual(first.outputBytes('model.onnx'));
  });

  it('makes a model that trades through the trade job', async () => {
    const files = { 'bars.csv': formatBars(BARS) };
    const trained = await directory.run('retrain/train', input(), files);
    const { parameters, featureSpec } = RetrainResult.parse(trained.result());

    const walked = await directory.run(
      'trade/walk',
      {
        window: { from: dayAt(680), to: dayAt(800) },
        release: {
          releaseId: 'a'.repeat(64),
          version: 1,
          strategyId: 'ml-forecast',
          parameters,
          featureSpec,
          modelFile: 'model.onnx',
        },
        account: {
          cash: 1000,
          units: 0,
          equity: 1000,
          pending: null,
          strategyState: {},
          lastBar: null,
        },
        costModel: { feeBps: 1, halfSpreadBps: 1 },
      },
      { ...files, 'model.onnx': trained.outputBytes('model.onnx') },
    );

    expect(walked.code).toBe(0);
    expect(walked.output('decisions.jsonl')?.split('"prediction":0.').length).toBe(121);
  });

  it('never sees the held-out bars nor anything after them', () => {
    expect(train({}, withOtherFuture(BARS, 679))).toEqual(train());
  });

  it('sees the label of the last fit row, which lies just before the held-out bars', () => {
    // The label of row 674 is whether the close of row 679 is higher.
    const wasRise = Number(BARS[679]?.close) > Number(BARS[674]?.close);
    const factor = wasRise ? 0.1 : 10;
    const other = BARS.map((bar, index) =>
      index === 679 ? { ...bar, high: bar.high * 10, low: 0.01, close: bar.close * factor } : bar,
    );

    expect(train({}, other).model).not.toEqual(train().model);
  });

  it('counts one trial for each distinct strength', () => {
    const { result } = train({ trainer: { l2Candidates: [0.1, 0.1, 1] } });

    expect(result.trials).toBe(2);
    expect([0.1, 1]).toContain(result.parameters['l2']);
  });

  it.each<[string, Partial<RetrainInput>, string]>([
    [
      'an unknown setting',
      { trainer: { horizon: 5 } },
      'unknown field horizon. Known: entryQuantile, exitQuantile, horizonBars, l2Candidates, validationFolds',
    ],
    [
      'exit above entry',
      { trainer: { entryQuantile: 0.1 } },
      'exitQuantile: must not be above entryQuantile',
    ],
    ['a strategy that is searched', { strategyId: 'rsi-macd' }, 'Its trainer is retrain/search.'],
    [
      'too few bars',
      { trainWindow: { from: dayAt(576), to: dayAt(800) } },
      'at least 100 bars to fit on, was 99',
    ],
  ])('refuses %s', async (_case, over, message) => {
    const run = await directory.run('retrain/train', input(over), { 'bars.csv': formatBars(BARS) });

    expect(run.code).toBe(65);
    expect(run.failure()).toContain(message);
    expect(run.output('model.onnx')).toBeNull();
  });
});

/** Rows drawn from a known logistic model: logit = 0.5 + 2 x − 1 y; z has no say. */
function drawnSamples(count: number): Samples {
  const random = xoshiro(3);
  const rows = Array.from({ length: count }, () =>
    Float64Array.of(2 * random.uniform() - 1, 2 * random.uniform() - 1, random.uniform()),
  );
  const labels = rows.map(([x, y]) =>
    random.uniform() < 1 / (1 + Math.exp(-(0.5 + 2 * Number(x) - Number(y)))) ? 1 : 0,
  );
  return { rows, labels };
}

describe('fitLogistic', () => {
  it('finds the model that the labels were drawn from', () => {
    const { weights, scales, means, intercept } = fitLogistic(drawnSamples(20_000), 1e-9);

    const raw = weights.map((weight, k) => weight / (scales[k] ?? 1));
    const constant = intercept - raw.reduce((sum, weight, k) => sum + weight * (means[k] ?? 0), 0);
    // The standard error of each is about 0.03.
    expect(raw[0]).toBeCloseTo(2, 0.9);
    expect(raw[1]).toBeCloseTo(-1, 0.9);
    expect(Math.abs(raw[2] ?? 1)).toBeLessThan(0.15);
    expect(Math.abs(constant - 0.5)).toBeLessThan(0.1);
  });

  it('stands where the gradient of the regularized loss is 0', () => {
    const samples = drawnSamples(300);
    const model = fitLogistic(samples, 0.1);

    for (const [k, weight] of model.weights.entries()) {
      const slope = samples.rows.reduce((sum, row, i) => {
        const standardized = ((row[k] ?? 0) - (model.means[k] ?? 0)) / (model.scales[k] ?? 1);
        return sum + (probabilityOf(model, row) - (samples.labels[i] ?? 0)) * standardized;
      }, 0);

      expect(slope / 300 + 0.1 * weight).toBeCloseTo(0, 9);
    }
  });

  it('shrinks the weights, not the intercept, as the strength grows', () => {
    const samples = drawnSamples(2000);
    const share = samples.labels.reduce((sum, label) => sum + label, 0) / 2000;
    const { weights, intercept } = fitLogistic(samples, 1e6);

    expect(Math.max(...weights.map(Math.abs))).toBeLessThan(1e-5);
    expect(intercept).toBeCloseTo(Math.log(share / (1 - share)), 4);
  });

  it.each([
    [
      'labels that are all equal',
      { rows: drawnSamples(50).rows, labels: new Array<number>(50).fill(1) },
    ],
    [
      'a feature that never varies',
      {
        rows: drawnSamples(50).rows.map((row) => Float64Array.of(0.1, Number(row[0]))),
        labels: drawnSamples(50).labels,
      },
    ],
    [
      'rows that a line separates',
      {
        rows: Array.from({ length: 50 }, (_, i) => Float64Array.of(i)),
        labels: Array.from({ length: 50 }, (_, i) => (i < 25 ? 0 : 1)),
      },
    ],
  ])('stays finite on %s', (_case, samples) => {
    const { weights, intercept } = fitLogistic(samples, 0.01);

    expect([...weights, intercept].every(Number.isFinite)).toBe(true);
  });
});

describe('chooseStrength', () => {
  it('prefers strong regularization on noise and weak on structure', () => {
    const random = xoshiro(8);
    const noise = {
      ...drawnSamples(200),
      labels: Array.from({ length: 200 }, () => random.integer(2)),
    };
    const options = { l2Candidates: [0.001, 10], validationFolds: 3, labelHorizonBars: 5 };

    expect(chooseStrength({ ...options, samples: noise }).l2).toBe(10);
    expect(chooseStrength({ ...options, samples: drawnSamples(2000) }).l2).toBe(0.001);
  });

  it('does not let a training part touch the labels of its validation part', () => {
    // Labels are copies of the row 5 earlier; changing the purged rows must change nothing.
    const { rows, labels } = drawnSamples(200);
    const options = { l2Candidates: [0.1], validationFolds: 1, labelHorizonBars: 5 };
    const flipped = labels.map((label, i) => (i >= 95 && i < 100 ? 1 - label : label));

    const expected = chooseStrength({ ...options, samples: { rows, labels } });

    expect(chooseStrength({ ...options, samples: { rows, labels: flipped } })).toEqual(expected);
    const flippedEarlier = labels.map((label, i) => (i === 94 ? 1 - label : label));
    expect(chooseStrength({ ...options, samples: { rows, labels: flippedEarlier } })).not.toEqual(
      expected,
    );
  });
});

describe('judgeModel', () => {
  it('measures accuracy and log loss', () => {
    const model = { means: [0], scales: [1], weights: [1], intercept: 0 };
    const rows = [Float64Array.of(Math.log(3)), Float64Array.of(-Math.log(3)), Float64Array.of(0)];

    // Probabilities 0.75, 0.25 and 0.5; labels 1, 1, 0: right, wrong, right.
    const { accuracy, logLoss } = judgeModel(model, { rows, labels: [1, 1, 0] });

    expect(accuracy).toBeCloseTo(2 / 3, 12);
    expect(logLoss).toBeCloseTo(-(Math.log(0.75) + Math.log(0.25) + Math.log(0.5)) / 3, 12);
  });
});

describe('solveSymmetric', () => {
  it('solves a system by hand', () => {
    // 4x + 2y = 10, 2x + 3y = 11 → x = 1, y = 3.
    const solution = solveSymmetric(
      [Float64Array.of(4, 2), Float64Array.of(2, 3)],
      Float64Array.of(10, 11),
    );

    expect(solution[0]).toBeCloseTo(1, 12);
    expect(solution[1]).toBeCloseTo(3, 12);
  });

  it('refuses a matrix that is not positive definite', () => {
    const matrix = [Float64Array.of(1, 2), Float64Array.of(2, 1)];

    expect(() => solveSymmetric(matrix, Float64Array.of(1, 1))).toThrow('positive definite');
  });
});
