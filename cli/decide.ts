import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { readCycle } from '../adapters/postgres/cycles.ts';
import { countActions } from '../adapters/postgres/operator-actions.ts';
import { listStages } from '../adapters/postgres/stages.ts';
import type { StoredStage } from '../adapters/postgres/stages.ts';
import { CommandExitCode } from '../schemas/exit-code.ts';
import { Message } from '../schemas/message.ts';
import { CommandError } from './command-error.ts';
import { followHandle } from './follow-one.ts';
import { unknownCycle } from './known-ids.ts';
import type { CommonOptions } from './options.ts';
import { createOutput } from './output.ts';
import { withSession } from './with-session.ts';
import type { Session } from './session.ts';

export interface DecideOptions extends CommonOptions {
  readonly image?: string;
  readonly reason: string;
  readonly actor: string;
}

const RECORDED_WITHIN_MS = 30_000;

const UPDATES = {
  retry: Message.RetryStage.name,
  skip: Message.SkipStage.name,
  abort: Message.AbortCycle.name,
} as const;

/**
 * Sends an operator's decision to a cycle that waits, and follows the cycle to its end when this
 * command itself had to start the servers.
 */
export async function decide(
  action: keyof typeof UPDATES,
  id: string,
  options: DecideOptions,
): Promise<void> {
  const output = createOutput(options.json);
  await withSession(
    { dataDirectory: options.dataDir, output, withWorker: true, image: options.image },
    async (session) => {
      const waiting = await waitingStage(session, id);
      const { stage } = waiting;
      const handle = session.client.workflow.getHandle(id);
      const decisionsBefore = await countActions(session.pool, id);
      try {
        await handle.executeUpdate(UPDATES[action], {
          args: [{ stage, reason: options.reason, actor: options.actor }],
        });
      } catch (error) {
        throw decisionError(error, id);
      }
      await untilRecorded(session, id, { decisions: decisionsBefore, cause: waiting.cause });
      const result = session.isOwner ? await followToEnd(session, handle, id, action) : null;
      output.answer(
        { cycleId: id, stage, action, result },
        `${action} of stage ${stage} of ${id} accepted${result === null ? '' : '; the cycle completed'}`,
      );
    },
  );
}

/** The Update answers when the decision is taken; the store knows of it a moment later. */
async function untilRecorded(
  session: Session,
  id: string,
  before: { readonly decisions: number; readonly cause: string | null },
): Promise<void> {
  const end = Date.now() + RECORDED_WITHIN_MS;
  while ((await countActions(session.pool, id)) <= before.decisions) {
    const waiting = await findWaiting(session, id);
    // The store may refuse what the workflow has taken: a skip without a dataset to go on with.
    if (waiting !== null && waiting.cause !== before.cause) {
      throw new CommandError(CommandExitCode.BadInput, waiting.cause ?? 'refused');
    }
    if (Date.now() > end) {
      throw new CommandError(
        CommandExitCode.Failed,
        `the decision about ${id} was accepted but is not recorded yet; does a worker run?`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** An aborted cycle is meant to end as failed. */
async function followToEnd(
  session: Session,
  handle: WorkflowHandle,
  id: string,
  action: keyof typeof UPDATES,
): Promise<unknown> {
  if (action !== 'abort') return followHandle(session, handle, id);
  await session.whileOpen(() => handle.result()).catch(() => undefined);
  return null;
}

async function findWaiting(session: Session, id: string): Promise<StoredStage | null> {
  const stages = await listStages(session.pool, id);
  return stages.find((candidate) => candidate.status === 'awaiting-operator') ?? null;
}

async function waitingStage(session: Session, id: string): Promise<StoredStage> {
  const cycle = await readCycle(session.pool, id);
  if (cycle === null) throw await unknownCycle(session.pool, id);
  const stage = await findWaiting(session, id);
  if (cycle.status === 'awaiting-operator' && stage !== null) return stage;
  throw new CommandError(
    CommandExitCode.BadInput,
    `${id} is ${cycle.status} and does not wait for a decision.` +
      (cycle.status === 'running'
        ? ' It goes on by itself while a worker is there: `strategy-loop up` keeps one.'
        : ''),
  );
}

function decisionError(error: unknown, id: string): unknown {
  if (error instanceof WorkflowUpdateFailedError) {
    const message = error.cause instanceof Error ? error.cause.message : error.message;
    return new CommandError(CommandExitCode.BadInput, message, { cause: error });
  }
  if (error instanceof WorkflowNotFoundError) {
    return new CommandError(
      CommandExitCode.BadInput,
      `${id} does not run in this Temporal server; start its window again`,
      { cause: error },
    );
  }
  return error;
}
