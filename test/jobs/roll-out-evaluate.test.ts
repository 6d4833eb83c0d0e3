import { formatBars } from '../../engine/bars-file.ts';
import { EvaluateResult, type EvaluateInput } from '../../schemas/jobs/roll-out.ts';
import { randomBars, dayAt } from '../support/bars.ts';
import { JobDirectory } from '../support/job-directory.ts';

const directory = new JobDirectory();
afterAll(() => {
  directory.close();
});

const PLAIN = { featureSpec: { names: [], warmUpBars: 0 }, modelFile: null };
const RSI_MACD = {
  ...PLAIN,
  strategyId: 'rsi-macd',
  parameters: { rsiPeriod: 14, rsiEntry: 50, macdFast: 12, macdSlow: 26, macdSignal: 9 },
};
const HOLD = { ...PLAIN, strategyId: 'buy-and-hold', parameters: {} };

/** 400 bars of a random walk; `factor` tilts the last 120 of them. */
function barsFile(factor: number): string {
  const bars = randomBars(400, 3).map((bar, index) => {
    const tilt = factor ** Math.max(0, index - 280);
    const { open, high, low, close } = bar;
    return { ...bar, open: open * tilt, high: high * tilt, low: low * tilt, close: close * tilt };
  });
  return formatBars(bars);
}

async function evaluate(over: Partial<EvaluateInput>, bars = barsFile(1)) {
  const input: EvaluateInput = {
    challenger: HOLD,
    champion: RSI_MACD,
    holdout: { from: dayAt(280), last: dayAt(399) },
    costModel: { feeBps: 1, halfSpreadBps: 1 },
    resamples: 500,
    blockBars: 10,
    seed: 3,
    ...over,
  };
  return directory.run('roll-out/evaluate', input, { 'bars.csv': bars });
}

async function evidenceOf(over: Partial<EvaluateInput>, bars?: string) {
  return EvaluateResult.parse((await evaluate(over, bars)).result()).evidence;
}

describe('roll-out/evaluate', () => {
  it('compares both on exactly the held-out bars', async () => {
    const evidence = await evidenceOf({});

    expect(evidence).toMatchObject({ from: dayAt(280), last: dayAt(399), bars: 120 });
    expect(evidence.challenger.bars).toBe(120);
    expect(evidence.champion?.bars).toBe(120);
    expect(evidence.paired?.barsDiffering).toBeGreaterThan(0);
  });

  it('is confident in the better one of two, whichever it is', async () => {
    const rising = barsFile(1.01);

    const good = await evidenceOf({ challenger: HOLD, champion: RSI_MACD }, rising);
    const bad = await evidenceOf({ challenger: RSI_MACD, champion: HOLD }, rising);

    expect(good.paired?.meanDifference).toBeGreaterThan(0);
    expect(good.paired?.confidence).toBeGreaterThan(0.9);
    expect(bad.paired?.meanDifference).toBeCloseTo(-(good.paired?.meanDifference ?? 0), 12);
    expect(bad.paired?.confidence).toBeLessThan(0.1);
  });

  it('finds no difference between a release and itself', async () => {
    const { paired } = await evidenceOf({ challenger: RSI_MACD });

    expect(paired).toEqual({ meanDifference: 0, confidence: 0, barsDiffering: 0 });
  });

  it('has nothing to pair without a champion', async () => {
    expect(await evidenceOf({ champion: null })).toMatchObject({ champion: null, paired: null });
  });

  it('gives the same bytes again, and other resamples with another seed', async () => {
    const first = await evaluate({});

    expect((await evaluate({})).output('result.json')).toBe(first.output('result.json'));
    expect((await evaluate({ seed: 4 })).output('result.json')).not.toBe(
      first.output('result.json'),
    );
  });

  it.each([
    ['a day without a bar', { from: '2010-01-01', last: dayAt(399) }],
    ['an end before its start', { from: dayAt(300), last: dayAt(299) }],
  ])('refuses a holdout with %s', async (_case, holdout) => {
    const run = await evaluate({ holdout });

    expect(run.code).toBe(65);
    expect(run.failure()).toContain('holdout must begin and end with bars of bars.csv');
  });
});
