import { createHash } from 'node:crypto';
import { barSeries } from '../../engine/bar-series.ts';
import { measure } from '../../engine/metrics.ts';
import { lcg } from '../../engine/random.ts';
import { openAccount, type Walk } from '../../engine/walk.ts';
import { walkStrategy } from '../../jobs/host/walk-strategy.ts';
import type { Bar } from '../../schemas/bar.ts';
import { strategyById } from '../../strategies/registry.ts';

/** Bars and costs of one walk. */
export interface GoldenWalk {
  readonly strategyId: string;
  readonly bars: readonly Bar[];
  readonly feeBps: number;
  readonly halfSpreadBps: number;
}

const RELEASE = 'd'.repeat(64);

/** Walks with default parameters; models are stood in for by a seeded column. */
export function goldenWalkOf(golden: GoldenWalk): Walk {
  const { strategyId, bars, feeBps, halfSpreadBps } = golden;
  const rules = strategyById(strategyId);
  const strategy = rules.bind(rules.defaultParameters);
  const random = lcg(7);
  const wantsModel = strategy.featureSpec.names.length > 0;
  const predictions = wantsModel ? Float64Array.from(bars, () => random.uniform()) : null;
  return walkStrategy({
    bars,
    span: { fromIndex: 0, toIndex: bars.length },
    strategy,
    decideAt: strategy.prepare(barSeries(bars)),
    firstDecision: Math.max(strategy.warmUpBars, strategy.featureSpec.warmUpBars),
    predictions,
    releaseId: RELEASE,
    account: openAccount(1_000_000),
    costModel: { feeBps, halfSpreadBps },
  });
}

/** Everything that a walk says, and all figures of it, as the stages write it. */
export function hashOfWalk({ decisions, orders, fills, equity, account }: Walk): string {
  const metrics = measure({ equity, fills, initialEquity: 1_000_000 });
  const document = JSON.stringify({ decisions, orders, fills, equity, account, metrics });
  return createHash('sha256').update(document).digest('hex');
}
