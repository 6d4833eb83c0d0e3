import { setTimeout as sleep } from 'node:timers/promises';
import type { JobFiles } from './process-job-files.ts';
import { groupMembers, signalGroup, signalProcess } from './process-table.ts';
import type { ProcessEntry, ProcessIdentity } from './process-table.ts';

/** How long the shim may take to write the last of the log once the job's processes are gone. */
const DRAIN_MS = 1_000;
/** How long the kernel may take to end processes after SIGKILL before we call it a failure. */
const KILL_MS = 5_000;
const POLL_MS = 5;

/** Processes that outlive SIGKILL, as those do that wait for a dead disk. */
export class ProcessesSurviveError extends Error {
  override readonly name = 'ProcessesSurviveError';
  readonly pids: readonly number[];

  constructor(pids: readonly number[]) {
    super(`processes ${pids.join(', ')} still run after SIGKILL`);
    this.pids = pids;
  }
}

/**
 * Kills what is left of a job and returns when its group is empty. The shim gets the time to record
 * the exit code and the last of the log; it is killed too when it does not end by itself.
 *
 * @throws {ProcessesSurviveError} when the kernel cannot end a process.
 */
export async function killJob(files: JobFiles, leader: ProcessIdentity): Promise<void> {
  if (groupMembers(leader).length === 0) {
    return;
  }
  const drain = await files.readDrain();
  await untilEmpty(leader, DRAIN_MS, () => {
    for (const { pid } of jobProcesses(groupMembers(leader), leader.pid, drain)) {
      signalProcess(pid, 'SIGKILL');
    }
  });
  await untilEmpty(leader, KILL_MS, () => {
    signalGroup(leader, 'SIGKILL');
  });
  const left = groupMembers(leader);
  if (left.length > 0) {
    throw new ProcessesSurviveError(left.map(({ pid }) => pid));
  }
}

/** @returns the group without the shim: its shell, the shell's two sides and the log writer's child. */
function jobProcesses(
  members: readonly ProcessEntry[],
  shim: number,
  drain: number | null,
): ProcessEntry[] {
  return members.filter(
    ({ pid, parent }) => pid !== shim && parent !== shim && (drain === null || parent !== drain),
  );
}

async function untilEmpty(
  leader: ProcessIdentity,
  limitMs: number,
  kill: () => void,
): Promise<void> {
  const until = performance.now() + limitMs;
  while (performance.now() < until && groupMembers(leader).length > 0) {
    kill();
    await sleep(POLL_MS);
  }
}
