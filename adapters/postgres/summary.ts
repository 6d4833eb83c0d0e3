import type { CycleSummary, RolloutVerdict, StageSummary } from '../../schemas/payload.ts';
import { Stage } from '../../schemas/stage.ts';
import { readCycle } from './cycles.ts';
import type { Queryable } from './pool.ts';
import { listStages } from './stages.ts';

/** How a cycle went, from the store alone: it can be asked long after Temporal has forgotten. */
export async function summarize(client: Queryable, cycleId: string): Promise<CycleSummary | null> {
  const cycle = await readCycle(client, cycleId);
  if (cycle?.kind !== 'cycle') return null;
  const stored = await listStages(client, cycleId);
  const summaryOf = (stage: Stage): StageSummary => {
    const row = stored.find((candidate) => candidate.stage === stage);
    const status = row?.status === 'completed' || row?.status === 'skipped' ? row.status : 'failed';
    return { status, ms: Math.round(row?.ms ?? 0) };
  };
  const rollOut = stored.find((row) => row.stage === 'roll-out');
  const verdict = rollOut?.result as RolloutVerdict | null | undefined;
  return {
    cycleId,
    // They are the same on purpose: a window has one name everywhere.
    workflowId: cycleId,
    window: cycle.window,
    stages: {
      collect: summaryOf(Stage.Collect),
      trade: summaryOf(Stage.Trade),
      analyze: summaryOf(Stage.Analyze),
      retrain: summaryOf(Stage.Retrain),
      rollOut: summaryOf(Stage.RollOut),
    },
    championVersion: cycle.championVersion ?? 0,
    challenger:
      verdict == null
        ? { version: null, outcome: 'skipped', reason: rollOut?.cause ?? 'no challenger' }
        : { version: verdict.version, outcome: verdict.outcome, reason: verdict.reason },
  };
}
