import { cycleId } from '../../../schemas/ids.ts';
import type { CycleRef, StrategyCycleInput } from '../../../schemas/payload.ts';
import { Stage } from '../../../schemas/stage.ts';
import { openRooms } from '../../../workflows/activities.ts';
import { analyze } from '../../../workflows/analyze.ts';
import { collect } from '../../../workflows/collect.ts';
import { openOperatorDesk } from '../../../workflows/operator.ts';
import { retrain } from '../../../workflows/retrain.ts';
import { runStage } from '../../../workflows/run-stage.ts';
import { trade } from '../../../workflows/trade.ts';

/** The planted bug: analyze and trade in the wrong order. History replay must refuse it. */
export async function strategyCycle(input: StrategyCycleInput): Promise<void> {
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
  const scope = { cycle, rooms, desk };
  await runStage(Stage.Collect, scope, collect);
  await runStage(Stage.Analyze, scope, analyze);
  await runStage(Stage.Trade, scope, trade);
  await runStage(Stage.Retrain, scope, retrain);
}
