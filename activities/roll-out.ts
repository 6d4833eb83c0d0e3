import { activityInfo, getClient } from '@temporalio/activity';
import { WithStartWorkflowOperation, WorkflowUpdateFailedError } from '@temporalio/client';
import {
  ApplicationFailure,
  defineSearchAttributeKey,
  SearchAttributeType,
} from '@temporalio/common';
import type { Workflow } from '@temporalio/common';
import { acceptStage, readStage, setStageStatus, startStage } from '../adapters/postgres/stages.ts';
import { inTransaction } from '../adapters/postgres/transaction.ts';
import { rolloutId } from '../schemas/ids.ts';
import { Message } from '../schemas/message.ts';
import type {
  CycleRef,
  Proposal,
  RolloutInput,
  RolloutVerdict,
  Timing,
} from '../schemas/payload.ts';
import type { LauncherKind } from '../schemas/task-queue.ts';
import { SearchAttribute } from '../schemas/search-attribute.ts';
import { Stage } from '../schemas/stage.ts';
import { TaskQueue } from '../schemas/task-queue.ts';
import { classified } from './failure.ts';
import type { StoreDeps } from './store-deps.ts';

/** How the stage reaches the rollout of its strategy. */
export interface ProposeOptions {
  readonly launcher: LauncherKind;
  readonly timing: Timing;
  readonly actor: string;
  /** Counts the tries of the stage: a retry by an operator asks anew. */
  readonly stageAttempt: number;
}

const JUDGED_PER_RUN_MAX = 200;

export type RollOutActivities = ReturnType<typeof createRollOutActivities>;

export function createRollOutActivities({ pool }: StoreDeps) {
  /**
   * Proposes the cycle's challenger to `rollout/<strategy>`, which is started when it does not run,
   * and waits for what becomes of it. Asking again with the same stage attempt attaches to the
   * first request.
   */
  async function proposeChallenger(
    cycle: CycleRef,
    options: ProposeOptions,
  ): Promise<RolloutVerdict> {
    const standing = await inTransaction(pool, async (client) => {
      const accepted = await startStage(client, cycle.cycleId, Stage.RollOut, Stage.Retrain);
      if (accepted !== null) return accepted.result as RolloutVerdict;
      return null;
    });
    if (standing !== null) return standing;
    const retrain = await readStage(pool, cycle.cycleId, Stage.Retrain);
    if (retrain?.status !== 'completed') return goWithout(cycle, retrain?.cause ?? null);
    const { challengerId } = retrain.result as { challengerId: string };
    const verdict = await ask(cycle, challengerId, options);
    await acceptStage(pool, cycle.cycleId, Stage.RollOut, { finished: null, result: verdict });
    return verdict;
  }

  /** Nothing was trained: by policy the stage is skipped with it, else it keeps the champion. */
  async function goWithout(cycle: CycleRef, cause: string | null): Promise<RolloutVerdict> {
    const isPolicy = cause?.startsWith('by policy') === true;
    const reason = isPolicy ? cause : 'retrain was skipped';
    const verdict: RolloutVerdict = { outcome: 'kept', reason, version: null, releaseId: null };
    if (isPolicy) {
      const skipped = { status: 'skipped', cause } as const;
      await setStageStatus(pool, cycle.cycleId, Stage.RollOut, skipped);
    } else {
      await acceptStage(pool, cycle.cycleId, Stage.RollOut, { finished: null, result: verdict });
    }
    return verdict;
  }

  return classified({ proposeChallenger });
}

async function ask(
  cycle: CycleRef,
  challengerId: string,
  options: ProposeOptions,
): Promise<RolloutVerdict> {
  const { strategyId } = cycle;
  const { actor, launcher, timing } = options;
  const input: RolloutInput = {
    strategyId,
    judged: 0,
    judgedPerRunMax: JUDGED_PER_RUN_MAX,
  };
  const start = new WithStartWorkflowOperation('rollout', {
    workflowId: rolloutId(strategyId),
    taskQueue: TaskQueue.Workflows,
    args: [input],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowTaskTimeout: timing.heartbeatTimeoutMs,
    staticSummary: `Rollout of ${strategyId}: every challenger passes here`,
    typedSearchAttributes: [
      {
        key: defineSearchAttributeKey(SearchAttribute.StrategyId, SearchAttributeType.KEYWORD),
        value: strategyId,
      },
    ],
  });
  const proposal: Proposal = { cycle, challengerId, actor, launcher, timing };
  try {
    return await getClient().workflow.executeUpdateWithStart<Workflow, RolloutVerdict, [Proposal]>(
      Message.Propose.name,
      {
        startWorkflowOperation: start,
        args: [proposal],
        updateId: `${challengerId}/${String(options.stageAttempt)}/${activityInfo().workflowExecution?.runId ?? ''}`,
      },
    );
  } catch (error) {
    // The rollout refused with a failure of its own: hand it on with its type and details.
    if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
      throw error.cause;
    }
    throw error;
  }
}
