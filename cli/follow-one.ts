import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { readCycle } from '../adapters/postgres/cycles.ts';
import type { StoredCycle } from '../adapters/postgres/cycles.ts';
import { readWaiting } from '../adapters/postgres/waiting.ts';
import { CommandExitCode } from '../schemas/exit-code.ts';
import { CommandError } from './command-error.ts';
import { replayError, waitingError } from './replay.ts';
import { rideOut } from './ride-out.ts';
import type { Session } from './session.ts';

const POLL_MS = 200;

/**
 * Starts a cycle or a retrain and follows it to its end.
 *
 * @param start starts the workflow; when it runs or has completed already, that is an error.
 * @throws {CommandError} when it fails, or as soon as it waits for a person.
 */
export async function followOne<T>(
  session: Session,
  id: string,
  start: () => Promise<WorkflowHandle>,
): Promise<T> {
  let handle: WorkflowHandle;
  try {
    handle = await start();
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const stored = await readCycle(session.pool, id);
    throw new CommandError(
      CommandExitCode.BadInput,
      `${id} is ${stored?.status ?? 'running'} already; a window runs once. ` +
        `See \`strategy-loop cycle status ${id}\`.`,
      { cause: error },
    );
  }
  return followHandle<T>(session, handle, id);
}

/** Follows a running cycle to its end, or until it waits for a person. */
export async function followHandle<T>(
  session: Session,
  handle: WorkflowHandle,
  id: string,
): Promise<T> {
  session.watched.add(id);
  const state = { isOver: false };
  const result = session
    .whileOpen(() => handle.result() as Promise<T>)
    .finally(() => {
      state.isOver = true;
      session.watched.delete(id);
    });
  result.catch(() => undefined);
  for (;;) {
    const stored = await rideOut(() => readCycle(session.pool, id));
    if (state.isOver) break;
    if (stored?.status === 'awaiting-operator') await throwWaiting(session, stored);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  try {
    return await result;
  } catch (error) {
    throw replayError(error);
  }
}

async function throwWaiting(session: Session, { cycleId, strategyId }: StoredCycle): Promise<void> {
  const waiting = await readWaiting(session.pool, strategyId);
  const own = waiting.find((each) => each.cycleId === cycleId);
  if (own !== undefined) throw waitingError(own, session);
}
