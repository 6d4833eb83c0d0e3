import { activityInfo } from '@temporalio/activity';
import type { requireCycle } from '../adapters/postgres/cycles.ts';
import { openCycle, readCycle, setCycleStatus } from '../adapters/postgres/cycles.ts';
import { markJobFailed, markJobSucceeded, requireJob } from '../adapters/postgres/job-runs.ts';
import { recordAction } from '../adapters/postgres/operator-actions.ts';
import { latestDataset } from '../adapters/postgres/series.ts';
import { abortStages, retryStage, setStageStatus } from '../adapters/postgres/stages.ts';
import { readJobSettings, readStrategy } from '../adapters/postgres/strategies.ts';
import { summarize } from '../adapters/postgres/summary.ts';
import { inTransaction } from '../adapters/postgres/transaction.ts';
import { FailureType } from '../schemas/failure-type.ts';
import type { BeginCycleInput, CycleRef, CycleSummary, FinishedJob } from '../schemas/payload.ts';
import { SKIPPABLE_STAGES, Stage } from '../schemas/stage.ts';
import { missingBars } from './build-dataset.ts';
import { classified, refusal } from './failure.ts';
import { jobLimits } from './job-limits.ts';
import type { StoreDeps } from './store-deps.ts';

/** A failure of a stage, as the workflow saw it. */
export interface StageFailure {
  readonly stage: Stage;
  readonly type: string;
  readonly message: string;
  /** The job that failed; null when none did. */
  readonly jobName: string | null;
  /** Artifact with the job's whole log. Absent in histories of before it was recorded. */
  readonly logSha256?: string | null;
}

/** The failure of a job, without the stage that waits for it. */
type JobFailure = Omit<StageFailure, 'stage'> & { readonly jobName: string };

export interface OperatorAction {
  readonly stage: Stage;
  readonly action: 'retry' | 'skip' | 'abort';
  readonly failureNumber: number;
  readonly reason: string;
  readonly actor: string;
}

export type CycleActivities = ReturnType<typeof createCycleActivities>;

export function createCycleActivities({ pool }: StoreDeps) {
  /** Opens the cycle in the store; the same window never runs twice. Safe to retry. */
  async function beginCycle(input: BeginCycleInput): Promise<void> {
    const opened = await inTransaction(pool, (client) => openCycle(client, input));
    // The error of an unknown strategy lists the known ones.
    if (opened === null) await readStrategy(pool, input.strategyId);
  }

  /** Closes the cycle and tells how it went. Safe to retry. */
  async function completeCycle(cycle: CycleRef): Promise<CycleSummary | null> {
    await setCycleStatus(pool, cycle.cycleId, 'completed');
    return summarize(pool, cycle.cycleId);
  }

  /** Marks a cycle aborted whose workflow ended early; a completed one stays completed. */
  async function closeAborted(cycle: CycleRef): Promise<void> {
    await inTransaction(pool, async (client) => {
      await setCycleStatus(client, cycle.cycleId, 'aborted');
      await abortStages(client, cycle.cycleId, 'the cycle ended early');
    });
  }

  /** Summary of a window that has completed already, or null when it still has to run. */
  async function findCompletedCycle(cycle: CycleRef, seed: number): Promise<CycleSummary | null> {
    const stored = await readCycle(pool, cycle.cycleId);
    if (stored?.status !== 'completed') return null;
    if (stored.seed !== seed) {
      throw refusal(
        FailureType.WindowAlreadyRan,
        `${cycle.cycleId} ran with seed ${String(stored.seed)}, not ${String(seed)}. ` +
          'Use that seed, or another data directory.',
      );
    }
    return summarize(pool, cycle.cycleId);
  }

  /** Has the strategy a release that can trade? */
  async function hasRelease(strategyId: string): Promise<boolean> {
    const { rows } = await pool.query<{ stable: number | null }>(
      'select stable from channels where strategy_id = $1',
      [strategyId],
    );
    if (rows[0] === undefined) await readStrategy(pool, strategyId);
    return rows[0]?.stable != null;
  }

  /** Shows in the store that a stage waits for a person, and closes the failed attempt. */
  async function recordStageFailure(cycle: CycleRef, failure: StageFailure): Promise<void> {
    await inTransaction(pool, async (client) => {
      if (failure.jobName !== null) await markJobFailed(client, failure.jobName, failure);
      await setStageStatus(client, cycle.cycleId, failure.stage, {
        status: 'awaiting-operator',
        cause: `${failure.type}: ${failure.message}`,
      });
      await setCycleStatus(client, cycle.cycleId, 'awaiting-operator');
    });
  }

  /** Closes an attempt that infrastructure lost, so that the next one gets a new number. */
  async function recordLostJob(
    jobName: string,
    message: string,
    logSha256: string | null = null,
  ): Promise<void> {
    const failure = { type: FailureType.InfrastructureLost, message, logSha256 };
    await markJobFailed(pool, jobName, failure);
  }

  /** Keeps what one of several jobs of a stage has found, so that a retry does not run it again. */
  async function recordPart(finished: FinishedJob): Promise<void> {
    await markJobSucceeded(pool, finished);
  }

  /** Closes a failed attempt of one of several jobs; another one of them tells why the stage waits. */
  async function recordFailedPart(failure: JobFailure): Promise<void> {
    await markJobFailed(pool, failure.jobName, failure);
  }

  /**
   * Closes an attempt that ran out of memory when the next one gets more.
   *
   * @returns whether it does; when not, the attempt is left to be booked as the stage's failure.
   */
  async function allowMoreMemory(
    strategyId: string,
    stage: Stage,
    failure: JobFailure,
  ): Promise<boolean> {
    const settings = await readJobSettings(pool, strategyId);
    const { limits } = await requireJob(pool, failure.jobName);
    const next = jobLimits(settings, stage, limits.memoryMib);
    if (next.memoryMib <= limits.memoryMib) return false;
    await markJobFailed(pool, failure.jobName, failure);
    return true;
  }

  /** Records an operator's decision and carries out what it means for the store. */
  async function recordOperatorAction(cycle: CycleRef, action: OperatorAction): Promise<void> {
    await inTransaction(pool, async (client) => {
      const runId = activityInfo().workflowExecution?.runId ?? '';
      await recordAction(client, cycle.cycleId, { ...action, runId });
      const status = action.action === 'abort' ? 'aborted' : 'running';
      await setCycleStatus(client, cycle.cycleId, status);
      const decided = `by ${action.actor}: ${action.reason}`;
      if (action.action === 'abort') {
        await abortStages(client, cycle.cycleId, `aborted ${decided}`);
      }
      if (action.action === 'retry') await retryStage(client, cycle.cycleId, action.stage);
      if (action.action !== 'skip') return;
      if (!SKIPPABLE_STAGES.includes(action.stage)) {
        throw refusal(FailureType.InvalidInput, `stage ${action.stage} cannot be skipped`);
      }
      if (action.stage === Stage.Collect) await reuseDataset(client, cycle);
      await setStageStatus(client, cycle.cycleId, action.stage, {
        status: 'skipped',
        cause: `skipped ${decided}`,
      });
    });
  }

  async function reuseDataset(
    client: Parameters<typeof requireCycle>[0],
    cycle: CycleRef,
  ): Promise<void> {
    const { settings } = await readStrategy(client, cycle.strategyId);
    const dataset = await latestDataset(client, settings.seriesId, cycle.window.to);
    const missing = missingBars(dataset, cycle.window);
    if (dataset === null || missing !== null) {
      throw refusal(
        FailureType.InvalidInput,
        `collect cannot be skipped: ${missing ?? 'there is no dataset'}. Mend the feed and retry, or abort.`,
      );
    }
    await client.query('update cycles set dataset_id = $2 where cycle_id = $1', [
      cycle.cycleId,
      dataset.datasetId,
    ]);
  }

  return classified({
    beginCycle,
    completeCycle,
    closeAborted,
    findCompletedCycle,
    hasRelease,
    recordStageFailure,
    recordLostJob,
    recordPart,
    recordFailedPart,
    allowMoreMemory,
    recordOperatorAction,
  });
}
