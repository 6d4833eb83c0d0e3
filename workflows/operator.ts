import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import {
  ApplicationFailure,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { FailureType } from '../schemas/failure-type.ts';
import { Message } from '../schemas/message.ts';
import type { AbortDecision, CycleStatusView, StageDecision } from '../schemas/message.ts';
import { SearchAttribute } from '../schemas/search-attribute.ts';
import { SKIPPABLE_STAGES, StageStatus } from '../schemas/stage.ts';
import type { Stage } from '../schemas/stage.ts';
import type { Cause } from './failure.ts';
import { runningDetails, waitingDetails } from './details.ts';

export const retryStageUpdate = defineUpdate<string, [StageDecision]>(Message.RetryStage.name);
export const skipStageUpdate = defineUpdate<string, [StageDecision]>(Message.SkipStage.name);
export const abortCycleUpdate = defineUpdate<string, [AbortDecision]>(Message.AbortCycle.name);
export const retryStageSignal = defineSignal<[StageDecision]>(Message.RetryStage.name);
export const skipStageSignal = defineSignal<[StageDecision]>(Message.SkipStage.name);
export const abortCycleSignal = defineSignal<[AbortDecision]>(Message.AbortCycle.name);
export const cycleStatusQuery = defineQuery<CycleStatusView>(Message.CycleStatus.name);

const strategyKey = defineSearchAttributeKey(
  SearchAttribute.StrategyId,
  SearchAttributeType.KEYWORD,
);
const stageKey = defineSearchAttributeKey(SearchAttribute.CycleStage, SearchAttributeType.KEYWORD);
const statusKey = defineSearchAttributeKey(
  SearchAttribute.StageStatus,
  SearchAttributeType.KEYWORD,
);

export type Decision =
  | { readonly action: 'retry' | 'skip'; readonly reason: string; readonly actor: string }
  | { readonly action: 'abort'; readonly reason: string; readonly actor: string };

interface Waiting {
  readonly stage: Stage;
  readonly since: string;
  readonly cause: Cause;
}

/**
 * What an operator sees of a cycle and may decide about it. Decisions are taken only while a stage
 * waits for one: a Reset re-submits accepted Updates, and the strict check drops them.
 */
export interface OperatorDesk {
  running(stage: Stage): void;
  finished(stage: Stage, ms: number): void;
  done(status: typeof StageStatus.Completed | typeof StageStatus.Aborted): void;
  /** Shows the failure and waits, without limit, for a decision. */
  decide(stage: Stage, cause: Cause): Promise<Decision>;
}

/** Registers the handlers. Called before the workflow's first await. */
export function openOperatorDesk(strategyId: string): OperatorDesk {
  let stage: Stage | 'done' = 'collect';
  let status: string = StageStatus.Running;
  let waiting: Waiting | null = null;
  let decision: Decision | null = null;
  const stagesMs: Partial<Record<Stage, number>> = {};

  function show(nextStage: Stage | 'done', nextStatus: string): void {
    stage = nextStage;
    status = nextStatus;
    upsertSearchAttributes([
      // Set here too, so that a cycle that was started from the Temporal UI can be found.
      { key: strategyKey, value: strategyId },
      { key: stageKey, value: nextStage },
      { key: statusKey, value: nextStatus },
    ]);
  }

  /** Why a message cannot be taken now; null when it can. */
  function refuse(action: Decision['action'], input: Partial<StageDecision>): string | null {
    if (waiting === null || decision !== null) {
      return `the cycle does not wait for a decision: stage ${stage} is ${status}`;
    }
    if (!isText(input.reason) || !isText(input.actor)) {
      return 'a decision needs {"reason": "why", "actor": "who"}, both not empty';
    }
    if (action === 'abort') return null;
    if (input.stage !== waiting.stage) {
      return `the stage that waits is "${waiting.stage}", not "${String(input.stage)}"`;
    }
    if (action === 'skip' && !SKIPPABLE_STAGES.includes(waiting.stage)) {
      return `stage ${waiting.stage} cannot be skipped; retry it or abort the cycle`;
    }
    return null;
  }

  function validate(action: Decision['action']) {
    return (input: Partial<StageDecision>): void => {
      const refused = refuse(action, input);
      if (refused === null) return;
      throw ApplicationFailure.create({
        type: FailureType.InvalidInput,
        message: refused,
        nonRetryable: true,
      });
    };
  }

  function take(action: Decision['action'], input: AbortDecision): string {
    decision = { action, reason: input.reason, actor: input.actor };
    return `${action} of ${stage} accepted`;
  }

  /** A signal cannot be refused; one that does not fit is dropped. */
  function takeSignal(action: Decision['action'], input: Partial<StageDecision>): void {
    if (refuse(action, input) === null) take(action, input as AbortDecision);
  }

  const update = (action: Decision['action'], description: string) => ({
    validator: validate(action),
    description,
  });
  setHandler(retryStageUpdate, (input) => take('retry', input), {
    ...update('retry', Message.RetryStage.description),
  });
  setHandler(skipStageUpdate, (input) => take('skip', input), {
    ...update('skip', Message.SkipStage.description),
  });
  setHandler(abortCycleUpdate, (input) => take('abort', input), {
    ...update('abort', Message.AbortCycle.description),
  });
  setHandler(
    retryStageSignal,
    (input) => {
      takeSignal('retry', input);
    },
    { description: Message.RetryStage.description },
  );
  setHandler(
    skipStageSignal,
    (input) => {
      takeSignal('skip', input);
    },
    { description: Message.SkipStage.description },
  );
  setHandler(
    abortCycleSignal,
    (input) => {
      takeSignal('abort', input);
    },
    { description: Message.AbortCycle.description },
  );
  setHandler(
    cycleStatusQuery,
    () => ({
      stage,
      status,
      waitingSince: waiting?.since ?? null,
      cause: waiting === null ? null : `${waiting.cause.type}: ${waiting.cause.message}`,
      stagesMs,
    }),
    { description: Message.CycleStatus.description },
  );

  return {
    running(next) {
      show(next, StageStatus.Running);
      setCurrentDetails(runningDetails(next, stagesMs));
    },
    finished(finishedStage, ms) {
      stagesMs[finishedStage] = ms;
    },
    done(finalStatus) {
      show('done', finalStatus);
      setCurrentDetails('');
    },
    async decide(failedStage, cause) {
      decision = null;
      waiting = { stage: failedStage, since: new Date().toISOString(), cause };
      show(failedStage, StageStatus.AwaitingOperator);
      setCurrentDetails(waitingDetails(failedStage, cause));
      await condition(() => decision !== null);
      waiting = null;
      // Narrowing does not see that a handler has set it.
      return decision as unknown as Decision;
    },
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}
