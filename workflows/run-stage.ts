import { ApplicationFailure } from '@temporalio/workflow';
import { FailureType } from '../schemas/failure-type.ts';
import type { Stage } from '../schemas/stage.ts';
import { causeOf } from './failure.ts';
import type { Cause } from './failure.ts';
import type { CycleScope, StageContext } from './stage-context.ts';
import { isTriedAgain } from './try-again.ts';

export interface StageOptions {
  /** Failures that no operator can mend, because the input of the workflow itself is wrong. */
  readonly isFatal?: (cause: Cause) => boolean;
}

/**
 * Runs one stage to its end. A failure does not end the cycle: jobs that infrastructure lost get a
 * new attempt by themselves, a job that ran out of memory gets one with more of it, everything else
 * waits for an operator.
 *
 * @returns what the stage answered; null when it was skipped.
 * @throws CycleAborted when the operator aborts, and cancellations.
 */
export async function runStage<T>(
  stage: Stage,
  scope: CycleScope,
  work: (context: StageContext) => Promise<T>,
  options: StageOptions = {},
): Promise<T | null> {
  const { cycle, rooms, desk } = scope;
  const startedAt = Date.now();
  let failures = 0;
  const tries = { strategyId: cycle.strategyId, stage, lost: 0 };
  let waitedMs = 0;
  const finish = (): void => {
    desk.finished(stage, { ms: Date.now() - startedAt - waitedMs, waitedMs });
  };
  for (let stageAttempt = 1; ; stageAttempt += 1) {
    let jobName: string | null = null;
    desk.running(stage);
    try {
      const answer = await work({
        ...rooms,
        cycle,
        stageAttempt,
        onJob: (name) => {
          jobName = name;
        },
      });
      finish();
      return answer;
    } catch (error) {
      const found = causeOf(error);
      if (found === null) throw error;
      const cause: Cause = { ...found, jobName: found.jobName ?? jobName };
      if (await isTriedAgain(rooms, tries, cause)) continue;
      if (options.isFatal?.(cause) === true) throw error;
      failures += 1;
      const askedAt = Date.now();
      const action = await askOperator(stage, cause, { ...scope, failureNumber: failures });
      waitedMs += Date.now() - askedAt;
      if (action === 'skip') {
        finish();
        return null;
      }
    }
  }
}

/** Waits for a decision and books it. A skip that the store refuses becomes a new question. */
async function askOperator(
  stage: Stage,
  first: Cause,
  scope: CycleScope & { readonly failureNumber: number },
): Promise<'retry' | 'skip'> {
  const { cycle, rooms, desk, failureNumber } = scope;
  let cause = first;
  for (;;) {
    desk.ask(stage, cause);
    await rooms.store.recordStageFailure.executeWithOptions(
      { summary: `${stage} waits for an operator` },
      [
        cycle,
        {
          stage,
          type: cause.type,
          message: cause.message,
          jobName: cause.jobName,
          logSha256: cause.logSha256,
        },
      ],
    );
    const decision = await desk.decision();
    try {
      await rooms.store.recordOperatorAction.executeWithOptions(
        {
          summary: `${decision.action} ${stage}: ${decision.reason} (${decision.actor})`.slice(
            0,
            200,
          ),
        },
        [cycle, { stage, failureNumber, ...decision }],
      );
    } catch (error) {
      const refused = causeOf(error);
      if (refused === null) throw error;
      cause = { ...cause, type: refused.type, message: refused.message };
      continue;
    }
    if (decision.action === 'abort') {
      throw ApplicationFailure.create({
        type: FailureType.CycleAborted,
        message: `aborted at ${stage} by ${decision.actor}: ${decision.reason}`,
        nonRetryable: true,
      });
    }
    return decision.action;
  }
}
