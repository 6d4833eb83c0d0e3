import { applyGatePolicy } from '../../engine/gate.ts';
import type { GateEvidence, GatePolicy } from '../../schemas/gate.ts';
import { GateVerdict } from '../../schemas/gate.ts';
import type { Metrics } from '../../schemas/metrics.ts';
import type { Proofs } from '../../schemas/proofs.ts';

const POLICY: GatePolicy = {
  version: 1,
  barsMin: 60,
  confidenceMin: 0.6,
  drawdownExcessMax: 0.02,
  resamples: 1000,
  blockBars: 10,
};

const PROOFS: Proofs = {
  lookAhead: { bars: 120, leaks: [] },
  warmUp: { starts: 10, differing: [] },
  parity: { runs: ['sweep'], differences: [], logSha256: 'a'.repeat(64) },
};

function metrics(over: Partial<Metrics> = {}): Metrics {
  return {
    bars: 120,
    totalReturn: 0.01,
    annualReturn: 0.02,
    volatility: 0.1,
    sharpe: 0.5,
    sortino: 0.6,
    drawdownMax: 0.05,
    drawdownBarsMax: 12,
    calmar: 0.4,
    turnover: 2,
    hitRate: 0.5,
    roundTrips: 4,
    exposure: 0.4,
    costs: 12,
    ...over,
  };
}

function evidence(over: Partial<GateEvidence> = {}): GateEvidence {
  return {
    from: '2012-06-01',
    last: '2012-12-31',
    bars: 120,
    challenger: metrics(),
    champion: metrics(),
    paired: { meanDifference: 0.0002, confidence: 0.8, barsDiffering: 40 },
    proofs: PROOFS,
    ...over,
  };
}

const paired = { meanDifference: 0.0002, confidence: 0.8, barsDiffering: 40 };

describe('applyGatePolicy', () => {
  it('passes a challenger that meets every check, and says by how much', () => {
    const verdict = applyGatePolicy(POLICY, evidence());

    expect(GateVerdict.parse(verdict).verdict).toBe('pass');
    expect(verdict.reason).toBe(
      'Passed: +2.00 bp a bar relative to the champion on 120 held-out bars with confidence 0.800, drawdown 5.00 % against 5.00 %.',
    );
    expect(verdict.checks.map((check) => check.name)).toEqual([
      'look-ahead',
      'warm-up',
      'parity',
      'bars',
      'figures',
      'decisions',
      'mean-return',
      'confidence',
      'drawdown',
    ]);
  });

  it.each<[string, Partial<GateEvidence>, string]>([
    ['decisions', { paired: { ...paired, barsDiffering: 0 } }, 'identical decisions on all 120'],
    ['mean-return', { paired: { ...paired, meanDifference: 0 } }, 'more than 0 asked'],
    ['confidence', { paired: { ...paired, confidence: 0.599 } }, 'at least 0.600 asked'],
    ['drawdown', { challenger: metrics({ drawdownMax: 0.0701 }) }, 'at most 7.00 % allowed'],
    ['figures', { challenger: metrics({ turnover: Number.NaN }) }, 'challenger turnover'],
    ['figures', { champion: metrics({ costs: Number.POSITIVE_INFINITY }) }, 'champion costs'],
    ['figures', { paired: { ...paired, meanDifference: Number.NaN } }, 'paired comparison'],
  ])('refuses when %s fails', (name, over, words) => {
    const verdict = applyGatePolicy(POLICY, evidence(over));

    expect(verdict.verdict).toBe('fail');
    expect(verdict.reason).toContain(words);
    expect(verdict.checks.find((check) => !check.passed)?.name).toBe(name);
  });

  const difference = {
    ...{ run: 'sweep', set: 0, line: 3 },
    ...{ log: 'fills' as const, expected: '[1]', found: '[2]' },
  };

  it.each<[string, Partial<Proofs>, string]>([
    [
      'look-ahead',
      {
        lookAhead: {
          bars: 120,
          leaks: [{ kind: 'scrambled-future', times: ['2012-06-04'], total: 7 }],
        },
      },
      'Refused: the strategy looks ahead: on 7 of 120 held-out bars it decides otherwise with other bars after it, first 2012-06-04.',
    ],
    [
      'warm-up',
      { warmUp: { starts: 10, differing: ['2012-06-05', '2012-07-01'] } },
      'Refused: the warm-up is too short: 2 of 10 histories of just the warm-up decide otherwise, first on 2012-06-05.',
    ],
    [
      'parity',
      { parity: { ...PROOFS.parity, differences: [difference] } },
      'Refused: runs decide differently: sweep has [2] where the engine has [1] (fills line 3).',
    ],
  ])('refuses when %s is disproved, also a first release on few bars', (name, over, reason) => {
    const wrong = { bars: 5, champion: null, paired: null, proofs: { ...PROOFS, ...over } };

    const verdict = applyGatePolicy(POLICY, evidence(wrong));

    expect(verdict).toMatchObject({ verdict: 'fail', reason });
    expect(verdict.checks.find((check) => !check.passed)?.name).toBe(name);
  });

  it('refuses what nothing was proved about', () => {
    const { proofs: _, ...older } = evidence();

    expect(applyGatePolicy(POLICY, older).reason).toBe(
      'Refused: the evaluation proved nothing about the code.',
    );
  });

  it('lets the bounds themselves pass', () => {
    const atBounds = evidence({
      bars: 60,
      challenger: metrics({ drawdownMax: 0.07 }),
      paired: { ...paired, confidence: 0.6, barsDiffering: 1 },
    });

    expect(applyGatePolicy(POLICY, atBounds).verdict).toBe('pass');
  });

  it('is inconclusive on too few bars, even when all else fails', () => {
    const verdict = applyGatePolicy(
      POLICY,
      evidence({ bars: 59, paired: { ...paired, meanDifference: -1 } }),
    );

    expect(verdict.verdict).toBe('inconclusive');
    expect(verdict.reason).toBe('No verdict: 59 held-out bars, at least 60 asked.');
  });

  it('passes a first release on enough bars and finite figures, and says so', () => {
    const first = evidence({ champion: null, paired: null });

    expect(applyGatePolicy(POLICY, first)).toMatchObject({
      verdict: 'pass',
      reason: expect.stringContaining('there is no champion to beat yet'),
    });
  });

  it('refuses a first release whose figures are not finite', () => {
    const first = evidence({
      champion: null,
      paired: null,
      challenger: metrics({ totalReturn: Number.NaN }),
    });

    expect(applyGatePolicy(POLICY, first).verdict).toBe('fail');
  });

  it('throws when only one of champion and paired figures is there', () => {
    expect(() => applyGatePolicy(POLICY, evidence({ paired: null }))).toThrow('both, or neither');
  });
});
