import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { condition, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { Listing } from '../schemas/payload.ts';
import { SearchAttribute } from '../schemas/search-attribute.ts';
import { StageStatus } from '../schemas/stage.ts';
import type { Stage } from '../schemas/stage.ts';
import { runningDetails, waitingDetails } from './details.ts';
import type { Cause } from './failure.ts';
import { registerMessages } from './operator-messages.ts';
import type { Decision } from './operator-messages.ts';

const { KEYWORD } = SearchAttributeType;
const strategyKey = defineSearchAttributeKey(SearchAttribute.StrategyId, KEYWORD);
const stageKey = defineSearchAttributeKey(SearchAttribute.CycleStage, KEYWORD);
const statusKey = defineSearchAttributeKey(SearchAttribute.StageStatus, KEYWORD);

/**
 * What an operator sees of a cycle and may decide about it. Decisions are taken only while a stage
 * waits for one: a Reset re-submits accepted Updates, and the strict check drops them.
 */
export interface OperatorDesk {
  running(stage: Stage): void;
  /** Its own time, and how long it waited for a person beside it. */
  finished(stage: Stage, time: { readonly ms: number; readonly waitedMs: number }): void;
  done(status: typeof StageStatus.Completed | typeof StageStatus.Aborted): void;
  /**
   * Shows the failure and takes decisions from now on. Called before the store says that the stage
   * waits: whoever reads it there can decide at once.
   */
  ask(stage: Stage, cause: Cause): void;
  /** Waits, without limit, for the decision that was asked for. */
  decision(): Promise<Decision>;
}

interface Waiting {
  readonly stage: Stage;
  readonly since: string;
  readonly cause: Cause;
  decision: Decision | null;
}

/**
 * Opens the desk and registers its messages. Called before the workflow's first await.
 *
 * @param listing when the stage is written into the list of workflows.
 */
export function openOperatorDesk(
  strategyId: string,
  listing: Listing = Listing.Stages,
): OperatorDesk {
  let stage: Stage | 'done' = 'collect';
  let status: StageStatus = StageStatus.Running;
  let waiting: Waiting | null = null;
  let isListedAsWaiting = false;
  const stagesMs: Partial<Record<Stage, number>> = {};
  const waitedMs: Partial<Record<Stage, number>> = {};

  function show(nextStage: Stage | 'done', nextStatus: StageStatus, details: string): void {
    stage = nextStage;
    status = nextStatus;
    setCurrentDetails(details);
    const isPassing = nextStatus === StageStatus.Running && listing === Listing.Waiting;
    if (isPassing && !isListedAsWaiting) return;
    isListedAsWaiting = nextStatus === StageStatus.AwaitingOperator;
    upsertSearchAttributes([
      // Set here too, so that a cycle that was started from the Temporal UI can be found.
      { key: strategyKey, value: strategyId },
      { key: stageKey, value: nextStage },
      { key: statusKey, value: nextStatus },
    ]);
  }

  registerMessages({
    view: () => ({
      stage,
      status,
      waitingSince: waiting?.since ?? null,
      cause: waiting === null ? null : `${waiting.cause.type}: ${waiting.cause.message}`,
      stagesMs,
      waitedMs,
    }),
    waitingStage: () => (waiting?.decision === null ? waiting.stage : null),
    take: (decision) => {
      if (waiting !== null) waiting.decision = decision;
    },
  });

  return {
    running(next) {
      show(next, StageStatus.Running, runningDetails(next, stagesMs));
    },
    finished(finishedStage, time) {
      stagesMs[finishedStage] = time.ms;
      if (time.waitedMs > 0) waitedMs[finishedStage] = time.waitedMs;
    },
    done(finalStatus) {
      show('done', finalStatus, '');
    },
    ask(failedStage, cause) {
      waiting = { stage: failedStage, since: new Date().toISOString(), cause, decision: null };
      show(failedStage, StageStatus.AwaitingOperator, waitingDetails(failedStage, cause));
    },
    async decision() {
      await condition(() => waiting?.decision !== null);
      const decided = waiting?.decision;
      if (decided === null || decided === undefined) throw new Error('no decision was asked for');
      waiting = null;
      return decided;
    },
  };
}
