import type { GateEvidence } from '../../schemas/gate.ts';
import type {
  Contest,
  Curves,
  CycleLine,
  GateLine,
  ReleaseLine,
  StrategyStory,
} from '../../schemas/jobs/analyze.ts';
import type { Metrics } from '../../schemas/metrics.ts';

export const RELEASE_ID = 'a'.repeat(64);
export const WINDOW = { from: '2012-01-01', to: '2013-01-01' };
export const CYCLE_ID = 'cycle/rsi-macd/2012-01-01_2013-01-01';

export function someMetrics(some: Partial<Metrics> = {}): Metrics {
  return {
    bars: 3,
    totalReturn: 0.1,
    annualReturn: 0.2,
    volatility: 0.15,
    sharpe: 0.5,
    sortino: 0.7,
    drawdownMax: 0.05,
    drawdownBarsMax: 12,
    calmar: 4,
    turnover: 2.5,
    hitRate: 0.5,
    roundTrips: 2,
    exposure: 0.4,
    costs: 1234.5,
    ...some,
  };
}

export function someContest(loop = 0.1, neverRetrained = 0.05, buyAndHold = 0.2): Contest {
  return {
    loop: someMetrics({ totalReturn: loop }),
    neverRetrained: someMetrics({ totalReturn: neverRetrained }),
    buyAndHold: someMetrics({ totalReturn: buyAndHold }),
  };
}

export const CURVES: Curves = {
  time: ['2012-01-03', '2012-01-04', '2012-01-05'],
  loop: [101, 95, 110],
  neverRetrained: [100, 100, 105],
  buyAndHold: [100, 110, 120],
  close: [10, 11, 12],
};

export function someEvidence(some: Partial<GateEvidence> = {}): GateEvidence {
  return {
    from: '2012-07-10',
    last: '2012-12-31',
    bars: 120,
    challenger: someMetrics({ totalReturn: 0.031 }),
    champion: someMetrics({ totalReturn: 0.017 }),
    paired: { meanDifference: 0.000123, confidence: 0.671, barsDiffering: 56 },
    ...some,
  };
}

export function someGate(some: Partial<GateLine> = {}): GateLine {
  return {
    cycleId: CYCLE_ID,
    verdict: 'pass',
    reason: 'better on the held-out bars',
    checks: [
      { name: 'bars', passed: true, text: '120 held-out bars' },
      { name: 'drawdown', passed: false, text: 'deeper' },
    ],
    evidence: someEvidence(),
    ...some,
  };
}

export function someCycle(some: Partial<CycleLine> = {}): CycleLine {
  return {
    cycleId: CYCLE_ID,
    window: WINDOW,
    status: 'completed',
    stagesMs: { collect: 412, trade: 1234, analyze: 61_000 },
    championVersion: 1,
    outcome: 'promoted',
    reason: 'better',
    ...some,
  };
}

export function someRelease(some: Partial<ReleaseLine> = {}): ReleaseLine {
  return {
    version: 1,
    releaseId: RELEASE_ID,
    from: '2012-01-01',
    parameters: { rsiPeriod: 14, level: 0.1234567890123 },
    trialCount: 1200,
    hasModel: false,
    ...some,
  };
}

export function someStory(some: Partial<StrategyStory> = {}): StrategyStory {
  return {
    strategyId: 'rsi-macd',
    instrumentName: 'S&P 500',
    currency: 'USD',
    releases: [someRelease(), someRelease({ version: 2, from: '2012-01-05' })],
    cycles: [someCycle()],
    gates: [someGate()],
    ...some,
  };
}
