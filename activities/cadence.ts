import type { Queryable } from '../adapters/postgres/pool.ts';
import { barsSinceStage } from '../adapters/postgres/windows.ts';
import { counted } from '../schemas/counted.ts';
import type { CycleRef } from '../schemas/payload.ts';
import type { RetrainCadence, StrategySettings } from '../schemas/settings.ts';
import { Stage } from '../schemas/stage.ts';

/**
 * Why a stage does nothing in this cycle by the strategy's settings; null when it is due. A stage
 * that an operator skipped has not been done, so it is due in the next cycle.
 */
export async function whyNotDue(
  client: Queryable,
  cycle: CycleRef,
  stage: typeof Stage.Retrain | typeof Stage.Analyze,
  settings: StrategySettings,
): Promise<string | null> {
  const cadence: RetrainCadence =
    (stage === Stage.Retrain ? settings.retrain : settings.analyze) ?? 'every-cycle';
  if (cadence === 'every-cycle') return null;
  if (cadence === 'never') return `by policy: ${stage} is left to people`;
  const bars = await barsSinceStage(client, cycle, stage, settings.seriesId);
  if (bars === null || bars >= cadence.everyBars) return null;
  return `by policy: ${stage} every ${counted(cadence.everyBars, 'bar')}, ${String(bars)} since the last`;
}
