import { setCycleStatus } from '../adapters/postgres/cycles.ts';
import { closeOrphanJob, listOpenCycles } from '../adapters/postgres/orphans.ts';
import { abortStages } from '../adapters/postgres/stages.ts';
import { inTransaction } from '../adapters/postgres/transaction.ts';
import { FailureType } from '../schemas/failure-type.ts';
import type { OrphanJob } from '../schemas/payload.ts';
import { classified } from './failure.ts';
import { endedAmong, workflowStatus } from './orphans.ts';
import type { StoreDeps } from './store-deps.ts';

/** Open cycles that one run looks at; the next run takes the rest. */
const CYCLES_PER_RUN_MAX = 1000;

/** The part of a store worker that books what ended workflows left open. */
export function createCloseEndedActivities({ pool }: StoreDeps) {
  /** Books that a job's workflow has ended without it. */
  async function recordOrphan(orphan: OrphanJob): Promise<void> {
    await closeOrphanJob(pool, orphan, FailureType.Orphaned);
  }

  /**
   * Closes cycles that are open in the store although their workflow has ended: one that was
   * terminated could not do it itself.
   *
   * @returns the ids of the cycles that were closed.
   */
  async function closeEndedCycles(): Promise<string[]> {
    const ended = await endedAmong(await listOpenCycles(pool, CYCLES_PER_RUN_MAX));
    const closed: string[] = [];
    for (const [cycleId, status] of ended) {
      // It may have been started again since the first question.
      if ((await workflowStatus(cycleId)) === 'RUNNING') continue;
      await inTransaction(pool, async (client) => {
        await setCycleStatus(client, cycleId, 'aborted');
        await abortStages(client, cycleId, `its workflow has ended (${status})`);
      });
      closed.push(cycleId);
    }
    return closed;
  }

  return classified({ recordOrphan, closeEndedCycles });
}
