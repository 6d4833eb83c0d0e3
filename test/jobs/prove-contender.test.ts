import { z } from 'zod';
import { formatBars } from '../../engine/bars-file.ts';
import { applyGatePolicy } from '../../engine/gate.ts';
import { simpleAverage } from '../../engine/indicators.ts';
import { evaluate } from '../../jobs/roll-out/evaluate.ts';
import { proveContender } from '../../jobs/roll-out/prove-contender.ts';
import { GateEvidence } from '../../schemas/gate.ts';
import { STRATEGIES } from '../../strategies/registry.ts';
import { SearchSettings } from '../../strategies/search-settings.ts';
import { defineStrategy, type Strategy } from '../../strategies/strategy.ts';
import { dayAt, randomBars } from '../support/bars.ts';

type Column = (close: Float64Array) => Float64Array;

const WARM_UP = 30;

/** Long while its close is above one computed column. */
function planted(column: Column): Strategy {
  return defineStrategy({
    id: 'planted',
    title: 'Planted',
    description: 'Long above a column.',
    parameters: z.strictObject({}),
    defaultParameters: {},
    trainer: SearchSettings,
    trainerJob: 'retrain/search',
    sample: null,
    featureSpec: () => ({ names: [], warmUpBars: 0 }),
    warmUpBars: () => WARM_UP,
    initialState: () => ({}),
    prepare: ({ close }) => ({ close, level: column(close) }),
    decide: ({ features: { close, level } }, state) => {
      const isLong = close > level;
      return { forecast: isLong ? 10 : 0, target: isLong ? 1 : 0, state };
    },
  });
}

const honest = planted((close) => simpleAverage(close, 20));
/** Compares each close with the next one, which is not there yet. */
const leaking = planted((close) => close.map((value, t) => close[t + 1] ?? value));

const bars = randomBars(400, 3);
const span = { fromIndex: 280, toIndex: 400 };

describe('proveContender', () => {
  it.each(STRATEGIES.filter(({ account }) => account === 'share').map((each) => [each.id, each]))(
    'finds nothing against %s, on every held-out bar',
    async (_, strategy) => {
      const long = randomBars(900, 5);
      const { defaultParameters: parameters } = strategy;

      const proofs = await proveContender({
        ...{ strategy: strategy, parameters, bars: long },
        span: { fromIndex: 780, toIndex: 900 },
      });

      expect(proofs.lookAhead).toEqual({ bars: 120, leaks: [] });
      expect(proofs.warmUp).toEqual({ starts: 10, differing: [] });
      expect(proofs.parity.differences).toEqual([]);
      expect(proofs.parity.runs).toContain('engine resumed at every bar');
    },
  );

  it('names the bars of a strategy that looks ahead', async () => {
    const { lookAhead } = await proveContender({ strategy: leaking, parameters: {}, bars, span });

    const scrambled = lookAhead.leaks.find(({ kind }) => kind === 'scrambled-future');
    expect(scrambled?.total).toBeGreaterThan(50);
    expect(scrambled?.times).toHaveLength(10);
    expect(scrambled?.times.every((time) => time >= dayAt(280))).toBe(true);
  });

  it('finds a leak on one held-out bar alone', async () => {
    const once = planted((close) =>
      simpleAverage(close, 20).map((level, t) =>
        t === WARM_UP + 50 ? (close[t + 1] ?? 0) : level,
      ),
    );

    const { lookAhead } = await proveContender({ strategy: once, parameters: {}, bars, span });

    expect(lookAhead.leaks[0]).toMatchObject({ times: [dayAt(280 + 50)], total: 1 });
  });

  it('finds a warm-up that is too short', async () => {
    // A running mean of all closes remembers the first of them.
    const whole = planted((close) => {
      let sum = 0;
      return close.map((value, t) => {
        sum += value;
        return sum / (t + 1);
      });
    });

    const { warmUp } = await proveContender({ strategy: whole, parameters: {}, bars, span });

    expect(warmUp.starts).toBe(10);
    expect(warmUp.differing.length).toBeGreaterThan(0);
  });
});

describe('a release whose strategy looks ahead', () => {
  const POLICY = {
    ...{ version: 1, barsMin: 60, confidenceMin: 0.6, drawdownExcessMax: 0.02 },
    ...{ resamples: 200, blockBars: 10 },
  };

  /** The verdict on a first release; the proofs are about the given strategy. */
  async function verdictOn(strategy: Strategy) {
    const none = { names: [], warmUpBars: 0 };
    const { evidence } = await evaluate(
      {
        input: {
          challenger: {
            ...{ strategyId: 'buy-and-hold', parameters: {}, featureSpec: none, modelFile: null },
          },
          champion: null,
          holdout: { from: dayAt(280), last: dayAt(399) },
          costModel: { feeBps: 1, halfSpreadBps: 1 },
          ...{ resamples: 200, blockBars: 10, seed: 3 },
        },
        readText: () => formatBars(bars),
        log: () => undefined,
      } as never,
      () => strategy,
    );
    return { verdict: applyGatePolicy(POLICY, GateEvidence.parse(evidence)), evidence };
  }

  it('is refused with the evidence in the verdict', async () => {
    const { verdict, evidence } = await verdictOn(leaking);

    expect(verdict.verdict).toBe('fail');
    expect(verdict.reason).toMatch(
      /^Refused: the strategy looks ahead: on \d+ of 120 held-out bars it decides otherwise/,
    );
    expect(verdict.reason).toContain(evidence.proofs?.lookAhead.leaks[0]?.times[0]);
  });

  it('passes when it does not', async () => {
    expect((await verdictOn(honest)).verdict.verdict).toBe('pass');
  });
});
