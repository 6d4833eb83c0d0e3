import { ActivityFailure, CancellationScope, log } from '@temporalio/workflow';
import { cycleId } from '../schemas/ids.ts';
import type { CycleRef, CycleSummary, StrategyCycleInput } from '../schemas/payload.ts';
import { Stage, StageStatus } from '../schemas/stage.ts';
import { openRooms } from './activities.ts';
import { analyze } from './analyze.ts';
import { collect } from './collect.ts';
import { readCycleInput } from './input.ts';
import { openOperatorDesk } from './operator.ts';
import { retrain } from './retrain.ts';
import { rollOut } from './roll-out.ts';
import { runStage } from './run-stage.ts';
import type { CycleScope } from './stage-context.ts';
import { trade } from './trade.ts';

/**
 * One cycle of a strategy over one window: collect, trade, analyze, retrain, roll out. A stage that
 * fails waits for an operator; the cycle itself only ends completed, aborted or cancelled.
 */
export async function strategyCycle(startInput: StrategyCycleInput): Promise<CycleSummary | null> {
  const input = readCycleInput(startInput);
  const { strategyId, window, launcher, timing, actor } = input;
  const desk = openOperatorDesk(strategyId, input.listing);
  const rooms = openRooms(launcher, timing);
  const cycle: CycleRef = { cycleId: cycleId(strategyId, window), strategyId, window };
  await rooms.store.beginCycle.executeWithOptions({ summary: 'claim the window' }, [
    {
      ...cycle,
      kind: 'cycle',
      clock: input.clock,
      seed: input.seed,
      actor,
      trainer: {},
      trainFrom: null,
    },
  ]);
  const scope = { cycle, rooms, desk };
  const { summary } = await runToClose(scope, async () => {
    await runStage(Stage.Collect, scope, (context) => collect(context, input.isFeedRead));
    await runStage(Stage.Trade, scope, trade);
    await runStage(Stage.Analyze, scope, (context) => analyze(context, input.alwaysAnalyze));
    await runStage(Stage.Retrain, scope, retrain);
    await runStage(Stage.RollOut, scope, (context) =>
      rollOut(context, { launcher, timing, actor }),
    );
  });
  return summary;
}

/** Runs a cycle's stages and closes it; however it ends, store and jobs are left tidy. */
export async function runToClose<T>(
  scope: CycleScope,
  stages: () => Promise<T>,
): Promise<{ readonly answer: T; readonly summary: CycleSummary | null }> {
  const { cycle, rooms, desk } = scope;
  try {
    const answer = await stages();
    const [summary] = await Promise.all([
      rooms.store.completeCycle.executeWithOptions({ summary: 'close the window' }, [cycle]),
      clearAway(scope),
    ]);
    desk.done(StageStatus.Completed);
    return { answer, summary };
  } catch (error) {
    desk.done(StageStatus.Aborted);
    await CancellationScope.nonCancellable(() =>
      Promise.allSettled([
        rooms.store.closeAborted.executeWithOptions({ summary: 'the cycle ended early' }, [cycle]),
        clearAway(scope),
      ]),
    );
    throw error;
  }
}

/** Removes what the jobs left. That this fails is no reason to call a finished cycle failed. */
async function clearAway({ cycle, rooms }: Pick<CycleScope, 'cycle' | 'rooms'>): Promise<void> {
  try {
    await rooms.launch.removeJobs.executeWithOptions({ summary: 'clear away the jobs' }, [
      cycle.cycleId,
    ]);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    log.warn('the jobs of the cycle could not be removed', { cycleId: cycle.cycleId });
  }
}
