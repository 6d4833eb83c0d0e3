import '../support/onnx-realm.ts';
import { createHash } from 'node:crypto';
import { writeLogisticModel } from '../../adapters/onnx/write-model.ts';
import { formatBars } from '../../engine/bars-file.ts';
import { featureWarmUpBars } from '../../engine/features.ts';
import { openAccount } from '../../engine/walk.ts';
import type { WalkInput } from '../../schemas/jobs/trade.ts';
import { WalkResult } from '../../schemas/jobs/trade.ts';
import { Decision, EquityPoint, Fill, Order } from '../../schemas/trading.ts';
import { dayAt, randomBars } from '../support/bars.ts';
import { JobDirectory, type JobRun } from '../support/job-directory.ts';

const directory = new JobDirectory();
afterAll(() => {
  directory.close();
});

const BARS = formatBars(randomBars(400, 6));
const RELEASE = 'f'.repeat(64);
const NAMES = ['return-1', 'return-5'];
const MODEL = writeLogisticModel({
  means: [0, 0],
  scales: [0.01, 0.02],
  weights: [1, -2],
  intercept: 0.1,
});

/** A model release whose probability moves around 0.5, so that it trades often. */
function input(over: Partial<WalkInput> = {}): WalkInput {
  return {
    window: { from: dayAt(250), to: dayAt(400) },
    release: {
      releaseId: RELEASE,
      version: 1,
      strategyId: 'ml-forecast',
      parameters: { entry: 0.55, exit: 0.5, horizonBars: 5, l2: 1 },
      featureSpec: { names: NAMES, warmUpBars: featureWarmUpBars(NAMES) },
      modelFile: 'model.onnx',
    },
    account: openAccount(1_000_000),
    costModel: { feeBps: 1, halfSpreadBps: 1 },
    ...over,
  };
}

function walkJob(
  some: WalkInput,
  files: Record<string, Uint8Array | string> = { 'bars.csv': BARS, 'model.onnx': MODEL },
): Promise<JobRun> {
  return directory.run('trade/walk', some, files);
}

function linesOf(run: JobRun, name: string): string[] {
  return (run.output(name) ?? '').split('\n').slice(0, -1);
}

describe('trade/walk', () => {
  it('refuses a release that was made with other code, and writes nothing', async () => {
    const { release } = input();
    const code = { strategySource: 'a'.repeat(64), engineVersion: '1+bbbbbbbbbbbb' };
    const run = await walkJob(input({ release: { ...release, code } }));

    expect(run.code).toBe(65);
    expect(run.failure()).toMatch(
      /release 1 must run with the code that it was made with, engine 1\+b/,
    );
    expect(run.output('decisions.jsonl')).toBeNull();
  });

  it('writes what was decided, ordered, filled and owned, keys in the order of the schemas', async () => {
    const run = await walkJob(input());

    const result = WalkResult.parse(run.result());
    expect(run.code).toBe(0);
    const files = [
      ['decisions.jsonl', Decision],
      ['orders.jsonl', Order],
      ['fills.jsonl', Fill],
      ['equity.jsonl', EquityPoint],
    ] as const;
    for (const [name, schema] of files) {
      // zod rebuilds objects in the order of the schema.
      const inOrder = linesOf(run, name).map((line) =>
        JSON.stringify(schema.parse(JSON.parse(line))),
      );
      expect(inOrder).toEqual(linesOf(run, name));
    }
    expect(linesOf(run, 'decisions.jsonl')).toHaveLength(150);
    expect(linesOf(run, 'orders.jsonl')).toHaveLength(result.orders);
    expect(linesOf(run, 'fills.jsonl')).toHaveLength(result.fills);
    expect(result.fills).toBeGreaterThan(20);
    expect(result.decisionsSha256).toBe(
      createHash('sha256').update(run.outputBytes('decisions.jsonl')).digest('hex'),
    );
  });

  it('gives the same bytes again', async () => {
    const [first, second] = [await walkJob(input()), await walkJob(input())];

    for (const name of [
      'decisions.jsonl',
      'orders.jsonl',
      'fills.jsonl',
      'equity.jsonl',
      'result.json',
    ]) {
      expect(second.output(name)).toBe(first.output(name));
    }
  });

  it('gives in two windows what it gives in one, the predictions of the model included', async () => {
    const whole = await walkJob(input());

    const first = await walkJob(input({ window: { from: dayAt(250), to: dayAt(291) } }));
    const { account } = WalkResult.parse(first.result());
    const second = await walkJob(input({ window: { from: dayAt(291), to: dayAt(400) }, account }));

    for (const name of ['decisions.jsonl', 'orders.jsonl', 'fills.jsonl', 'equity.jsonl']) {
      expect(`${first.output(name) ?? ''}${second.output(name) ?? ''}`).toBe(whole.output(name));
    }
    expect(WalkResult.parse(second.result()).account).toEqual(
      WalkResult.parse(whole.result()).account,
    );
  });

  it('does not depend on bars after the window', async () => {
    const short = formatBars(randomBars(300, 6));
    const window = { from: dayAt(250), to: dayAt(300) };

    const [all, cut] = [
      await walkJob(input({ window })),
      await walkJob(input({ window }), { 'bars.csv': short, 'model.onnx': MODEL }),
    ];

    expect(cut.output('decisions.jsonl')).toBe(all.output('decisions.jsonl'));
  });

  it('decides nothing before the strategy has warmed up', async () => {
    const run = await walkJob(input({ window: { from: dayAt(240), to: dayAt(260) } }));

    const decisions = linesOf(run, 'decisions.jsonl').map((line) =>
      Decision.parse(JSON.parse(line)),
    );
    expect(decisions.map((decision) => decision.prediction !== null)).toEqual(
      decisions.map((_, index) => index >= 10),
    );
  });

  it.each<[string, Partial<WalkInput>, string]>([
    [
      'a window without bars',
      { window: { from: '2030-01-01', to: '2031-01-01' } },
      'window must hold at least one bar of bars.csv, was [2030-01-01, 2031-01-01)',
    ],
    [
      'a window that was walked before',
      { account: { ...openAccount(1), lastBar: dayAt(250) } },
      `window must begin after account.lastBar ${dayAt(250)}`,
    ],
    [
      'an unknown strategy',
      { release: { ...input().release, strategyId: 'ml-forcast' } },
      'Did you mean ml-forecast?',
    ],
    [
      'parameters out of range',
      { release: { ...input().release, parameters: { entry: 2, exit: 0, horizonBars: 5, l2: 1 } } },
      'parameters of ml-forecast: entry must be <= 1, was 2',
    ],
    [
      'a model of other inputs',
      { release: { ...input().release, featureSpec: { names: ['return-1'], warmUpBars: 1 } } },
      "the model's input must be features float32 [n, 1], was features float32 [n, 2]",
    ],
    [
      'a release that lost its model',
      { release: { ...input().release, modelFile: null } },
      'release of ml-forecast must come with a model file',
    ],
  ])('refuses %s', async (_case, over, message) => {
    const run = await walkJob(input(over));

    expect(run.code).toBe(65);
    expect(run.failure()).toContain(message);
    expect(run.output('decisions.jsonl')).toBeNull();
  });

  it('refuses a bars file that is not canonical, with its line', async () => {
    const run = await walkJob(input(), {
      'bars.csv': BARS.replace('\n2012-01-03,', '\n2012-01-02,'),
      'model.onnx': MODEL,
    });

    expect(run.code).toBe(65);
    expect(run.failure()).toContain('line 3: time must be later than 2012-01-02');
  });
});
