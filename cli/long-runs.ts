import { WorkflowNotFoundError } from '@temporalio/client';
import { listCycles } from '../adapters/postgres/cycles.ts';
import type { StoredCycle } from '../adapters/postgres/cycles.ts';
import { CommandExitCode } from '../schemas/exit-code.ts';
import { CommandError } from './command-error.ts';
import { didYouMean } from './known-ids.ts';
import { isLongRun } from './interrupted-text.ts';
import type { Session } from './session.ts';

/** A replay, a back-fill or a start by the clock that is under way, or that goes on when a worker runs again. */
export interface OpenRun {
  readonly run: string;
  readonly strategyId: string;
  /** What was asked for, in the words of the command that started it. */
  readonly wanted: string;
  readonly since: string;
  /** The cycle that its strategy is at; null between two. */
  readonly cycleId: string | null;
}

/** Replays, back-fills and starts by the clock that are open, the oldest first. */
export async function listOpenRuns({ client, pool }: Session): Promise<OpenRun[]> {
  const types = "'replayLoop', 'backfill', 'scheduledCycle'";
  const query = `WorkflowType in (${types}) and ExecutionStatus = 'Running'`;
  const runs: OpenRun[] = [];
  for await (const { workflowId, startTime, memo } of client.workflow.list({ query })) {
    const strategyId = strategyOf(workflowId);
    const cycle = await openCycleOf(pool, strategyId);
    runs.push({
      run: workflowId,
      strategyId,
      wanted:
        typeof memo?.['wanted'] === 'string' ? memo['wanted'] : 'what was due by its schedule',
      since: startTime.toISOString(),
      cycleId: cycle?.cycleId ?? null,
    });
  }
  return runs.sort((a, b) => a.since.localeCompare(b.since));
}

/**
 * Ends a replay, a back-fill or a start by the clock. It is terminated rather than cancelled: all that it has done is in
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
    `no replay, back-fill or scheduled start "${run}" is under way; ${open}${didYouMean(run, known)}`,
  );
}

async function openCycleOf(
  pool: Session['pool'],
  strategyId: string,
): Promise<StoredCycle | undefined> {
  const cycles = await listCycles(pool, strategyId);
  return cycles.find(({ status }) => status === 'running' || status === 'awaiting-operator');
}

/** `replay/<strategy>/…`, `backfill/<strategy>` and `scheduled/<strategy>-<time>`. */
function strategyOf(run: string): string {
  return (run.split('/')[1] ?? '').replace(/-\d{4}-\d{2}-\d{2}T[\d:.]+Z$/, '');
}
