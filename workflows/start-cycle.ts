import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import {
  ChildWorkflowCancellationType,
  executeChild,
  ParentClosePolicy,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import type { ChildWorkflowOptions } from '@temporalio/workflow';
import { cycleId } from '../schemas/ids.ts';
import type { CycleSummary, StrategyCycleInput } from '../schemas/payload.ts';
import { SearchAttribute } from '../schemas/search-attribute.ts';
import { strategyCycle } from './strategy-cycle.ts';

type Labels = Required<Pick<ChildWorkflowOptions, 'staticSummary' | 'typedSearchAttributes'>>;

/** Search attributes and texts that every workflow of a strategy carries from its start. */
export function labels(strategyId: string, staticSummary: string): Labels {
  return {
    staticSummary,
    typedSearchAttributes: [
      {
        key: defineSearchAttributeKey(SearchAttribute.StrategyId, SearchAttributeType.KEYWORD),
        value: strategyId,
      },
    ],
  };
}

/**
 * Runs a cycle as a child whose id is its window: a window that runs or has completed is refused
 * by the server (`WorkflowExecutionAlreadyStartedError`), one that was aborted may run again. The
 * child outlives its parent, also one that is cancelled, so stopping a replay or a schedule leaves
 * a running cycle alone.
 */
export async function runCycle(input: StrategyCycleInput): Promise<CycleSummary | null> {
  const { strategyId, window, timing } = input;
  return executeChild(strategyCycle, {
    workflowId: cycleId(strategyId, window),
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
    parentClosePolicy: ParentClosePolicy.ABANDON,
    cancellationType: ChildWorkflowCancellationType.ABANDON,
    // Short steps run within a workflow task: a worker that dies in one is noticed as soon.
    workflowTaskTimeout: timing.heartbeatTimeoutMs,
    args: [input],
    ...labels(strategyId, `${strategyId}: ${window.from} to ${window.to}`),
  });
}
