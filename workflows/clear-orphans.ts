import type { ClearedOrphans, ClearOrphansInput } from '../schemas/payload.ts';
import { openRooms } from './activities.ts';
import { readClearOrphansInput } from './input.ts';

/**
 * Clears away what workflows left that ended without tidying up, as a terminated one does: their
 * jobs are stopped and removed, and what they left open in the store is closed. A schedule starts
 * it every few minutes. A job is booked before it is removed, so that none vanishes unrecorded.
 */
export async function clearOrphans(startInput: ClearOrphansInput): Promise<ClearedOrphans> {
  const { launcher, timing } = readClearOrphansInput(startInput);
  const { store, queuedStore, launch } = openRooms(launcher, timing);
  const jobs = await launch.findOrphans.executeWithOptions(
    { summary: 'list jobs whose workflow has ended' },
    [],
  );
  for (const orphan of jobs) {
    await store.recordOrphan.executeWithOptions({ summary: `book ${orphan.jobName}` }, [orphan]);
    await launch.removeOrphan.executeWithOptions({ summary: `remove ${orphan.jobName}` }, [orphan]);
  }
  const cycles = await queuedStore.closeEndedCycles.executeWithOptions(
    { summary: 'close cycles whose workflow has ended' },
    [],
  );
  return { jobs: jobs.map(({ jobName }) => jobName), cycles };
}
