import { createHash } from 'node:crypto';
import { insertChallenger, insertVerdict } from '../../adapters/postgres/challengers.ts';
import { insertDataset } from '../../adapters/postgres/series.ts';
import { releaseIdOf } from '../../adapters/postgres/publish.ts';
import type { StorePool } from '../../adapters/postgres/pool.ts';
import { openCycle } from '../../adapters/postgres/cycles.ts';
import type { Metrics } from '../../schemas/metrics.ts';
import type { ReleaseManifest } from '../../schemas/release.ts';

export function sha(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A manifest in which only the named parts matter. */
export function aManifest(overrides: Partial<ReleaseManifest> = {}): ReleaseManifest {
  return {
    strategyId: 'rsi-macd',
    parameters: { rsiPeriod: 14 },
    modelSha256: null,
    featureSpec: { names: [], warmUpBars: 0 },
    datasetId: sha('dataset'),
    labelHorizonBars: 0,
    trainWindow: { from: '2008-01-01', to: '2012-01-01' },
    holdoutBars: 120,
    trainer: {},
    seed: 1,
    strategySource: 'source',
    trainerLock: 'lock',
    engineVersion: 'engine-test',
    costModel: { feeBps: 1, halfSpreadBps: 1 },
    gatePolicyVersion: 1,
    trialCount: 1,
    parent: null,
    ...overrides,
  };
}

const NO_METRICS: Metrics = {
  bars: 120,
  totalReturn: 0,
  annualReturn: 0,
  volatility: 0,
  sharpe: null,
  sortino: null,
  drawdownMax: 0,
  drawdownBarsMax: 0,
  calmar: null,
  turnover: 0,
  hitRate: null,
  roundTrips: 0,
  exposure: 0,
  costs: 0,
};

/** A retrain cycle to which challengers of a test belong. */
export async function aRetrainCycle(pool: StorePool, strategyId: string): Promise<string> {
  const cycleId = `retrain/${strategyId}/test`;
  await openCycle(pool, {
    cycleId,
    strategyId,
    window: { from: '2008-01-01', to: '2012-01-01' },
    kind: 'retrain',
    clock: 'replay',
    seed: 1,
    actor: 'test',
    trainer: {},
    trainFrom: '2008-01-01',
  });
  await insertDataset(
    pool,
    {
      datasetId: sha('dataset'),
      seriesId: 'sp500-1d',
      rows: 1,
      from: '2008-01-02',
      last: '2011-12-30',
    },
    { verdict: 'accept', rows: 1, from: null, to: null, problems: [] },
  );
  return cycleId;
}

/** Records a challenger that has passed the gate, so that it may be published. */
export async function passGate(
  pool: StorePool,
  cycleId: string,
  manifest: ReleaseManifest,
  holdoutDay: number,
): Promise<void> {
  const from = new Date(Date.UTC(2012, 0, 1) + holdoutDay * 86_400_000).toISOString().slice(0, 10);
  const challenger = {
    challengerId: releaseIdOf(manifest),
    strategyId: manifest.strategyId,
    cycleId,
    manifest,
    trials: 1,
    holdout: { from, last: from },
    evidence: {},
  };
  await insertChallenger(pool, challenger);
  await insertVerdict(pool, challenger, {
    verdict: { verdict: 'pass', reason: 'for a test', checks: [] },
    evidence: {
      from,
      last: from,
      bars: 1,
      challenger: NO_METRICS,
      champion: null,
      paired: null,
    },
    policyVersion: 1,
    cycleId,
  });
}
