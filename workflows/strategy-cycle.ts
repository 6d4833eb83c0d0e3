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
  const desk = openOperatorDesk(strategyId);
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
  return orClose({ cycle, rooms, desk }, async () => {
    const scope = { cycle, rooms, desk };
    await runStage(Stage.Collect, scope, collect);
    await runStage(Stage.Trade, scope, trade);
    await runStage(Stage.Analyze, scope, analyze);
    await runStage(Stage.Retrain, scope, retrain);
    await runStage(Stage.RollOut, scope, (context) =>
      rollOut(context, { launcher, timing, actor }),
    );
    return rooms.store.completeCycle.executeWithOptions({ summary: 'close the window' }, [cycle]);
  });
}

/** Runs a cycle's story and, when it ends early, leaves store and jobs tidy. */
export async function orClose<T>(scope: CycleScope, story: () => Promise<T>): Promise<T> {
  const { cycle, rooms, desk } = scope;
  try {
    const answer = await story();
    desk.done(StageStatus.Completed);
    return answer;
  } catch (error) {
    desk.done(StageStatus.Aborted);
    await CancellationScope.nonCancellable(() =>
      rooms.store.closeAborted.executeWithOptions({ summary: 'the cycle ended early' }, [cycle]),
    );
    throw error;
  } finally {
    await CancellationScope.nonCancellable(() => clearAway(scope));
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
