import { activityInfo, Context } from '@temporalio/activity';
import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import { JobConflictError, NotStartedError } from '../adapters/launchers/launcher.ts';
import type { Launcher } from '../adapters/launchers/launcher.ts';
import { FailureType } from '../schemas/failure-type.ts';
import { JOB_LABEL } from '../schemas/job-label.ts';
import type { FinishedJob, PreparedJob } from '../schemas/payload.ts';
import { classified, refusal } from './failure.ts';
import { collectOutput } from './job-output.ts';
import { copyInputs } from './job-input.ts';
import { createOrphanActivities, workflowStatus } from './orphans.ts';

/** What launch activities need. They have no database. */
export interface LaunchDeps {
  readonly launcher: Launcher;
  readonly artifacts: ArtifactStore;
}

export type LaunchActivities = ReturnType<typeof createLaunchActivities>;

export function createLaunchActivities({ launcher, artifacts }: LaunchDeps) {
  /**
   * Runs one job to its end, or attaches to it when it runs or ended already, and puts what it
   * wrote into the artifact store. The job is stopped only when the workflow really asks for it,
   * never because this worker stops or was silent for too long.
   */
  async function runJob(cycleId: string, job: PreparedJob): Promise<FinishedJob> {
    return runJobOf(cycleId, cycleId, job);
  }

  /** A feed is read for a workflow that is no cycle; its jobs are labelled with the reading. */
  async function runFeedJob(readId: string, job: PreparedJob): Promise<FinishedJob> {
    const { workflowId = readId } = activityInfo().workflowExecution ?? {};
    return runJobOf(workflowId, readId, job);
  }

  async function runJobOf(
    workflowId: string,
    cycleId: string,
    job: PreparedJob,
  ): Promise<FinishedJob> {
    const before = await launcher.observe(job.jobName);
    if (before.phase === 'absent') {
      await readyInputs(workflowId, job);
    }
    try {
      await launcher.ensure({
        jobName: job.jobName,
        jobType: job.jobType,
        specHash: job.specHash,
        limits: job.limits,
        ...(job.hosts === undefined ? {} : { hosts: job.hosts }),
        labels: {
          [JOB_LABEL.CycleId]: cycleId,
          [JOB_LABEL.WorkflowId]: workflowId,
          [JOB_LABEL.StrategyId]: job.strategyId,
          [JOB_LABEL.Stage]: job.stage,
        },
      });
    } catch (error) {
      if (error instanceof NotStartedError) {
        throw refusal(FailureType.JobNotStarted, error.message, { cause: error });
      }
      if (!(error instanceof JobConflictError)) throw error;
      throw refusal(FailureType.JobFailed, error.message, { cause: error });
    }
    const ended = await watch(job);
    return collectOutput(launcher, artifacts, job, ended);
  }

  /** Asks and copies at the same time; what was copied for a workflow that has ended is taken away. */
  async function readyInputs(workflowId: string, job: PreparedJob): Promise<void> {
    const [open, copied] = await Promise.allSettled([
      requireOpen(workflowId),
      copyInputs(launcher, artifacts, job),
    ]);
    if (open.status === 'rejected') {
      await launcher.remove(job.jobName);
      throw open.reason;
    }
    if (copied.status === 'rejected') throw copied.reason;
  }

  /**
   * A worker that was frozen may take up a job whose cycle others have completed meanwhile: nobody
   * would clear it away any more.
   */
  async function requireOpen(workflowId: string): Promise<void> {
    const status = await workflowStatus(workflowId);
    if (status === 'RUNNING') return;
    throw refusal(
      FailureType.JobFailed,
      `${workflowId} has ended (${status}); no job is started for it any more`,
    );
  }

  async function watch(job: PreparedJob) {
    const { cancellationSignal, cancellationDetails } = Context.current();
    try {
      return await launcher.wait(job.jobName, { signal: cancellationSignal });
    } catch (error) {
      if (!cancellationSignal.aborted) throw error;
      if (cancellationDetails?.cancelRequested === true) await launcher.cancel(job.jobName);
      // The signal's own reason tells a pause, a reset and a shutdown from a cancellation.
      throw cancellationSignal.reason;
    }
  }

  /** Removes the directories, containers or pods of a cycle's ended jobs. */
  async function removeJobs(cycleId: string): Promise<number> {
    const jobs = await launcher.list();
    const mine = jobs.filter((job) => job.labels[JOB_LABEL.CycleId] === cycleId);
    await Promise.all(
      mine.map(async ({ jobName }) => {
        await launcher.cancel(jobName);
        await launcher.remove(jobName);
      }),
    );
    return mine.length;
  }

  // Every stage has an activity type of its own: history replay does not compare arguments, so a
  // swap of two stages would otherwise go unnoticed.
  return classified({
    launchCollect: runJob,
    launchTrade: runJob,
    launchAnalyze: runJob,
    launchScore: runJob,
    launchRetrain: runJob,
    launchEvaluate: runJob,
    launchReport: runJob,
    launchFeed: runFeedJob,
    removeJobs,
    ...createOrphanActivities(launcher),
  });
}
