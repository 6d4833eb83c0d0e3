import { FailureType } from '../schemas/failure-type.ts';
import { retrainId } from '../schemas/ids.ts';
import type { CycleRef, RetrainNowInput, RolloutVerdict } from '../schemas/payload.ts';
import { Stage } from '../schemas/stage.ts';
import { openRooms } from './activities.ts';
import { collect } from './collect.ts';
import { readRetrainInput } from './input.ts';
import { openOperatorDesk } from './operator.ts';
import { retrain } from './retrain.ts';
import { rollOut } from './roll-out.ts';
import { runStage } from './run-stage.ts';
import { runToClose } from './strategy-cycle.ts';

/** What a manual retrain answers. */
export interface RetrainNowResult {
  readonly retrainId: string;
  /** Null when it was not to be rolled out. */
  readonly verdict: RolloutVerdict | null;
}

/**
 * A quant's manual retrain: collect up to the end of the training window, make a challenger, and
 * roll it out if asked to. It trades nothing.
 */
export async function retrainNow(startInput: RetrainNowInput): Promise<RetrainNowResult> {
  const input = readRetrainInput(startInput);
  const { strategyId, trainWindow, launcher, timing, actor } = input;
  const desk = openOperatorDesk(strategyId);
  const rooms = openRooms(launcher, timing);
  const cycle: CycleRef = {
    cycleId: retrainId(strategyId, input.requestId),
    strategyId,
    window: trainWindow,
  };
  await rooms.store.beginCycle.executeWithOptions({ summary: 'open the retrain' }, [
    {
      ...cycle,
      kind: 'retrain',
      clock: 'replay',
      seed: input.seed,
      actor,
      trainer: input.trainer,
      trainFrom: trainWindow.from,
    },
  ]);
  const scope = { cycle, rooms, desk };
  const { answer } = await runToClose(scope, async () => {
    await runStage(Stage.Collect, scope, collect);
    // What the trainer refuses was asked for by the person who started this: asking again is the
    // only way out.
    await runStage(Stage.Retrain, scope, retrain, {
      isFatal: ({ type }) => type === FailureType.JobBadInput || type === FailureType.InvalidInput,
    });
    return input.rollOut
      ? runStage(Stage.RollOut, scope, (context) => rollOut(context, { launcher, timing, actor }))
      : null;
  });
  return { retrainId: cycle.cycleId, verdict: answer };
}
