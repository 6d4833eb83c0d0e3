import { Context, log } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { Launcher } from '../adapters/launchers/launcher.ts';
import { JOB_LABEL } from '../schemas/job-label.ts';
import type { OrphanJob } from '../schemas/payload.ts';

/** Questions to Temporal at a time. */
const ASKED_AT_ONCE = 8;

/** What Temporal says of a workflow: `RUNNING`, how it ended, or `NOT FOUND` after its retention. */
export async function workflowStatus(workflowId: string): Promise<string> {
  try {
    const { status } = await Context.current().client.workflow.getHandle(workflowId).describe();
    return status.name;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'NOT FOUND';
    throw error;
  }
}

/** Those of some workflows that run no more, with how they ended. */
export async function endedAmong(workflowIds: Iterable<string>): Promise<Map<string, string>> {
  const left = [...new Set(workflowIds)];
  const ended = new Map<string, string>();
  while (left.length > 0) {
    const some = left.splice(0, ASKED_AT_ONCE);
    const statuses = await Promise.all(some.map(workflowStatus));
    for (const [index, workflowId] of some.entries()) {
      const status = statuses[index] ?? 'RUNNING';
      if (status !== 'RUNNING') ended.set(workflowId, status);
    }
  }
  return ended;
}

/** The part of a launch worker that clears away what ended workflows left. */
export function createOrphanActivities(launcher: Launcher) {
  /**
   * Lists jobs whose workflow has ended: a terminated workflow clears nothing away. A job is only
   * started while its workflow runs, so none is an orphan from the start.
   */
  async function findOrphans(): Promise<OrphanJob[]> {
    const jobs = (await launcher.list()).flatMap(({ jobName, labels }) => {
      const workflowId = labels[JOB_LABEL.WorkflowId];
      return workflowId === undefined ? [] : [{ jobName, workflowId }];
    });
    const ended = await endedAmong(jobs.map(({ workflowId }) => workflowId));
    return jobs.flatMap(({ jobName, workflowId }) => {
      const status = ended.get(workflowId);
      return status === undefined ? [] : [{ jobName, workflowId, status }];
    });
  }

  /** Stops and removes a job, unless its workflow was started again meanwhile. */
  async function removeOrphan({ jobName, workflowId }: OrphanJob): Promise<void> {
    if ((await workflowStatus(workflowId)) === 'RUNNING') return;
    await launcher.cancel(jobName);
    await launcher.remove(jobName);
    log.warn('a job was removed whose workflow has ended', { jobName, workflowId });
  }

  return { findOrphans, removeOrphan };
}
