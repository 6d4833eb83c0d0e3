import { ScheduleOverlapPolicy } from '@temporalio/client';
import type { ScheduleDescription } from '@temporalio/client';
import { readWaiting } from '../adapters/postgres/waiting.ts';
import { CommandExitCode } from '../schemas/exit-code.ts';
import { scheduleId } from '../schemas/ids.ts';
import { CommandError } from './command-error.ts';
import { age } from './output.ts';
import type { Session } from './session.ts';

const ANSWER_WITHIN_MS = 10_000;
const POLL_MS = 100;

/**
 * Starts a strategy's schedule now, and waits until the server has decided what becomes of it.
 *
 * @returns id of the workflow that was started.
 * @throws {CommandError} when the start was skipped because an earlier one is not done.
 */
export async function triggerNow(session: Session, strategyId: string): Promise<string> {
  const handle = session.client.schedule.getHandle(scheduleId(strategyId));
  const before = (await handle.describe()).info;
  await handle.trigger(ScheduleOverlapPolicy.SKIP);
  const end = Date.now() + ANSWER_WITHIN_MS;
  for (;;) {
    const { info } = await handle.describe();
    if (info.numActionsTaken > before.numActionsTaken) return startedBy(info);
    if (info.numActionsSkippedOverlap > before.numActionsSkippedOverlap) {
      throw await skippedError(session, strategyId, info);
    }
    if (Date.now() > end) {
      throw new CommandError(
        CommandExitCode.Failed,
        `the server took the trigger of ${scheduleId(strategyId)} and has not acted on it yet; ` +
          'see `strategy-loop schedule show`',
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function startedBy({ recentActions }: ScheduleDescription['info']): string {
  return recentActions.at(-1)?.action.workflow.workflowId ?? 'a cycle';
}

async function skippedError(
  { pool }: Session,
  strategyId: string,
  { runningActions }: ScheduleDescription['info'],
): Promise<CommandError> {
  const running = runningActions[0]?.workflow.workflowId ?? 'the start before it';
  const [waiting] = await readWaiting(pool, strategyId);
  const why =
    waiting === undefined
      ? 'Wait for it to end.'
      : `${waiting.cycleId} has waited for a person for ${age(waiting.ageMs)}, at stage ` +
        `${waiting.stage}: \`strategy-loop cycle status ${waiting.cycleId}\` says why.`;
  return new CommandError(
    CommandExitCode.Failed,
    `nothing was started: ${running} is not done, and starts do not overlap. ${why}`,
  );
}
