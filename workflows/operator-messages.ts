import {
  ApplicationFailure,
  defineQuery,
  defineSignal,
  defineUpdate,
  setHandler,
} from '@temporalio/workflow';
import { FailureType } from '../schemas/failure-type.ts';
import { Message } from '../schemas/message.ts';
import type { AbortDecision, CycleStatusView, StageDecision } from '../schemas/message.ts';
import { SKIPPABLE_STAGES } from '../schemas/stage.ts';
import type { Stage } from '../schemas/stage.ts';

export type Action = 'retry' | 'skip' | 'abort';

/** What an operator has decided. */
export interface Decision extends AbortDecision {
  readonly action: Action;
}

/** The part of an operator's desk that messages look at and write to. */
export interface DeskState {
  readonly view: () => CycleStatusView;
  /** The stage that waits for a decision; null when none does. */
  readonly waitingStage: () => Stage | null;
  readonly take: (decision: Decision) => void;
}

const cycleStatusQuery = defineQuery<CycleStatusView>(Message.CycleStatus.name);

const ACTIONS = [
  ['retry', Message.RetryStage],
  ['skip', Message.SkipStage],
  ['abort', Message.AbortCycle],
] as const;

/**
 * Registers the Updates, Signals and the query of a cycle. An Update that does not fit is refused
 * with a sentence; a Signal cannot be refused, so one that does not fit is dropped.
 */
export function registerMessages(state: DeskState): void {
  setHandler(cycleStatusQuery, state.view, { description: Message.CycleStatus.description });
  for (const [action, { name, description }] of ACTIONS) {
    const take = (input: StageDecision): string => {
      state.take({ action, reason: input.reason, actor: input.actor });
      return `${action} accepted`;
    };
    setHandler(defineUpdate<string, [StageDecision]>(name), take, {
      description,
      // Validators are synchronous: one that waits could not refuse.
      validator: (input: StageDecision) => {
        const message = refusalOf(state, action, input);
        if (message === null) return;
        throw ApplicationFailure.create({
          type: FailureType.InvalidInput,
          message,
          nonRetryable: true,
        });
      },
    });
    setHandler(
      defineSignal<[StageDecision]>(name),
      (input) => {
        if (refusalOf(state, action, input) === null) take(input);
      },
      { description },
    );
  }
}

/**
 * Why a decision cannot be taken now; null when it can. Messages come from people and tools, so
 * their shape is not taken for granted.
 */
function refusalOf(
  state: DeskState,
  action: Action,
  input: Partial<StageDecision> | null | undefined,
): string | null {
  const waiting = state.waitingStage();
  if (waiting === null) {
    const { stage, status } = state.view();
    return `the cycle does not wait for a decision: stage ${stage} is ${status}`;
  }
  if (!isText(input?.reason) || !isText(input.actor)) {
    const asked = action === 'abort' ? '' : `"stage": "${waiting}", `;
    return `a decision needs {${asked}"reason": "why", "actor": "who"}, nothing of it empty`;
  }
  if (action === 'abort') return null;
  if (input.stage !== waiting) {
    return `the stage that waits is "${waiting}", not "${String(input.stage)}"`;
  }
  if (action === 'skip' && !SKIPPABLE_STAGES.includes(waiting)) {
    return `stage ${waiting} cannot be skipped; retry it or abort the cycle`;
  }
  return null;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}
