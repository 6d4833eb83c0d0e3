import {
  ChildWorkflowCancellationType,
  executeChild,
  ParentClosePolicy,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import { retrainId } from '../schemas/ids.ts';
import type { RetrainNowInput } from '../schemas/payload.ts';
import type { Window } from '../schemas/window.ts';
import { retrainNow } from './retrain-now.ts';
import { labels } from './start-cycle.ts';

/** Trains and publishes release 1: without a release nothing trades. */
export async function makeFirstRelease(
  {
    strategyId,
    seed,
    launcher,
    actor,
    timing,
  }: Pick<RetrainNowInput, 'strategyId' | 'seed' | 'launcher' | 'actor' | 'timing'>,
  trainWindow: Window,
): Promise<void> {
  await executeChild(retrainNow, {
    workflowId: retrainId(strategyId, 'first'),
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
    parentClosePolicy: ParentClosePolicy.ABANDON,
    cancellationType: ChildWorkflowCancellationType.ABANDON,
    workflowTaskTimeout: timing.heartbeatTimeoutMs,
    args: [
      {
        strategyId,
        requestId: 'first',
        trainWindow,
        trainer: {},
        seed,
        rollOut: true,
        launcher,
        actor,
        timing,
      },
    ],
    ...labels(
      strategyId,
      `${strategyId}: first release, trained on ${trainWindow.from} to ${trainWindow.to}`,
    ),
  });
}
