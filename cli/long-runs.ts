import { WorkflowNotFoundError } from '@temporalio/client';
import { listCycles } from '../adapters/postgres/cycles.ts';
import type { StoredCycle } from '../adapters/postgres/cycles.ts';
import { CommandExitCode } from '../schemas/exit-code.ts';
import { CommandError } from './command-error.ts';
import { didYouMean } from './known-ids.ts';
import { isLongRun } from './interrupted-text.ts';
import type { Session } from './session.ts';

/** A replay or a back-fill that is under way, or that goes on when a worker runs again. */
export interface OpenRun {
  readonly run: string;
  readonly strategyId: string;
  /** What was asked for, in the words of the command that started it. */
  readonly wanted: string;
  readonly since: string;
  /** The cycle that its strategy is at; null between two. */
  readonly cycleId: string | null;
}

/** Replays and back-fills that are open, the oldest first. */
export async function listOpenRuns({ client, pool }: Session): Promise<OpenRun[]> {
  const query = "WorkflowType in ('replayLoop', 'backfill') and ExecutionStatus = 'Running'";
  const runs: OpenRun[] = [];
  for await (const { workflowId, startTime, memo } of client.workflow.list({ query })) {
    const strategyId = strategyOf(workflowId);
    const cycle = await openCycleOf(pool, strategyId);
    runs.push({
      run: workflowId,
      strategyId,
      wanted: typeof memo?.['wanted'] === 'string' ? memo['wanted'] : '',
      since: startTime.toISOString(),
      cycleId: cycle?.cycleId ?? null,
    });
  }
  return runs.sort((a, b) => a.since.localeCompare(b.since));
}

/**
 * Ends a replay or a back-fill. It is terminated rather than cancelled: all that it has done is in
 * the store, and no worker is needed. Its cycle outlives it; a job that was reading the feed for it
 * is cleared away like any orphan.
 *
 * @returns the cycle that goes on to its end; null when none is open.
 * @throws {CommandError} when no such run is open.
 */
export async function stopRun(
  session: Session,
  run: string,
  { reason, actor }: { readonly reason: string; readonly actor: string },
): Promise<string | null> {
  if (!isLongRun(run)) throw await notOpen(session, run);
  try {
    await session.client.workflow.getHandle(run).terminate(`stopped by ${actor}: ${reason}`);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw await notOpen(session, run);
  }
  return (await openCycleOf(session.pool, strategyOf(run)))?.cycleId ?? null;
}

async function notOpen(session: Session, run: string): Promise<CommandError> {
  const known = (await listOpenRuns(session)).map((each) => each.run);
  const open = known.length === 0 ? 'none is' : `open: ${known.join(', ')}`;
  return new CommandError(
    CommandExitCode.BadInput,
    `no replay or back-fill "${run}" is under way; ${open}${didYouMean(run, known)}`,
  );
}

async function openCycleOf(
  pool: Session['pool'],
  strategyId: string,
): Promise<StoredCycle | undefined> {
  const cycles = await listCycles(pool, strategyId);
  return cycles.find(({ status }) => status === 'running' || status === 'awaiting-operator');
}

/** `replay/<strategy>/…` and `backfill/<strategy>`. */
function strategyOf(run: string): string {
  return run.split('/')[1] ?? '';
}
