import { insertChallenger, trialsSoFar } from '../adapters/postgres/challengers.ts';
import { requireCycle } from '../adapters/postgres/cycles.ts';
import type { StoredCycle } from '../adapters/postgres/cycles.ts';
import type { Queryable } from '../adapters/postgres/pool.ts';
import { releaseIdOf } from '../adapters/postgres/publish.ts';
import { readChannel } from '../adapters/postgres/releases.ts';
import {
  acceptStage,
  claimStage,
  setStageStatus,
  startStage,
} from '../adapters/postgres/stages.ts';
import { readStrategy } from '../adapters/postgres/strategies.ts';
import type { StoredStrategy } from '../adapters/postgres/strategies.ts';
import { inTransaction } from '../adapters/postgres/transaction.ts';
import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import { requireJob } from '../adapters/postgres/job-runs.ts';
import { FailureType } from '../schemas/failure-type.ts';
import { JobInput } from '../schemas/job.ts';
import { MODEL_FILE, SearchInput } from '../schemas/jobs/retrain.ts';
import type { RetrainInput, RetrainResult } from '../schemas/jobs/retrain.ts';
import type {
  CycleRef,
  FinishedJob,
  Preparation,
  PreparedJobOrResult,
  PreparedParts,
} from '../schemas/payload.ts';
import type { ReleaseManifest } from '../schemas/release.ts';
import { Stage } from '../schemas/stage.ts';
import { whyNotDue } from './cadence.ts';
import { classified, refusal } from './failure.ts';
import { fileOf, readResult } from './job-result.ts';
import { prepareParts, prepareRanker, prepareTrainer } from './prepare-retrain.ts';
import type { StoreDeps } from './store-deps.ts';
import { requireDataset } from './trade.ts';

export type RetrainActivities = ReturnType<typeof createRetrainActivities>;

export function createRetrainActivities(deps: StoreDeps) {
  const { pool, artifacts } = deps;

  /** Readies the jobs that make a challenger from the cycle's dataset. */
  async function prepareRetrain(cycle: CycleRef): Promise<Preparation | PreparedParts> {
    const strategy = await readStrategy(pool, cycle.strategyId);
    return inTransaction(pool, async (client) => {
      if ((await startStage(client, cycle.cycleId, Stage.Retrain, Stage.Collect)) !== null) {
        return { kind: 'accepted' };
      }
      const waits = await whyWaits(client, cycle, strategy);
      if (waits !== null) {
        await setStageStatus(client, cycle.cycleId, Stage.Retrain, {
          status: 'skipped',
          cause: waits,
        });
        return { kind: 'accepted' };
      }
      return (
        (await prepareParts(client, deps, cycle, strategy)) ??
        prepareTrainer(client, deps, cycle, strategy)
      );
    });
  }

  /** Readies the job that takes up what the parts found, given in their order. */
  async function prepareRanking(
    cycle: CycleRef,
    finished: readonly FinishedJob[],
  ): Promise<PreparedJobOrResult> {
    return inTransaction(pool, (client) => prepareRanker(client, deps, cycle, finished));
  }

  /**
   * Records the challenger: its manifest, whose hash is its id, and the evidence of its training.
   * @returns the challenger's id.
   */
  async function ingestRetrain(cycle: CycleRef, finished: FinishedJob): Promise<string> {
    const strategy = await readStrategy(pool, cycle.strategyId);
    const result = await readResult(artifacts, strategy.description.trainerJob, finished);
    if (result.modelSha256 !== null && fileOf(finished, MODEL_FILE) !== result.modelSha256) {
      throw refusal(
        FailureType.ResultRefused,
        `${MODEL_FILE} of job ${finished.jobName} is not the model that its result names`,
      );
    }
    return inTransaction(pool, async (client) => {
      const claim = await claimStage(client, cycle.cycleId, Stage.Retrain, finished.jobName);
      if (claim === 'stands') return challengerOf(client, cycle.cycleId);
      const stored = await requireCycle(client, cycle.cycleId);
      const input = await readInput(client, artifacts, finished.jobName);
      const manifest = await manifestOf(client, stored, result, input);
      const challengerId = releaseIdOf(manifest);
      await insertChallenger(client, {
        challengerId,
        strategyId: cycle.strategyId,
        cycleId: cycle.cycleId,
        manifest,
        trials: result.trials,
        holdout: { from: result.holdout.from, last: result.holdout.last },
        evidence: { ...result.evidence, fit: result.fit, holdout: result.holdout },
      });
      await acceptStage(client, cycle.cycleId, Stage.Retrain, {
        finished,
        result: { challengerId },
      });
      return challengerId;
    });
  }

  return classified({ prepareRetrain, prepareRanking, ingestRetrain });
}

/** Why a cycle makes no challenger; a retrain that a person asked for always does. */
async function whyWaits(
  client: Queryable,
  cycle: CycleRef,
  { settings }: StoredStrategy,
): Promise<string | null> {
  const { kind } = await requireCycle(client, cycle.cycleId);
  return kind === 'cycle' ? whyNotDue(client, cycle, Stage.Retrain, settings) : null;
}

/** What the job was asked to do, as it was stored when it was readied. */
async function readInput(
  client: Queryable,
  artifacts: ArtifactStore,
  jobName: string,
): Promise<RetrainInput> {
  const { inputSha256 } = await requireJob(client, jobName);
  const document = JobInput.parse(JSON.parse((await artifacts.get(inputSha256)).toString('utf8')));
  return SearchInput.parse(document.input);
}

/** The challenger that the retrain stage of a cycle made. */
async function challengerOf(client: Queryable, cycleId: string): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `select result ->> 'challengerId' as id from stages
     where cycle_id = $1 and stage = 'retrain' and status = 'completed'`,
    [cycleId],
  );
  if (rows[0] === undefined) throw new Error(`cycle ${cycleId} has no challenger`);
  return rows[0].id;
}

/**
 * The content of the challenger. What the trainer was asked for comes from the job's own input, not
 * from today's settings, which may have changed while it ran.
 */
async function manifestOf(
  client: Queryable,
  cycle: StoredCycle,
  result: RetrainResult,
  input: RetrainInput,
): Promise<ReleaseManifest> {
  const champion = (await readChannel(client, cycle.strategyId))?.stable ?? null;
  const { settings } = await readStrategy(client, cycle.strategyId);
  return {
    strategyId: cycle.strategyId,
    // Left out where it says nothing new, so that manifests of before keep their releaseIds.
    ...(input.strategyId === cycle.strategyId ? {} : { implementation: input.strategyId }),
    parameters: result.parameters,
    modelSha256: result.modelSha256,
    featureSpec: result.featureSpec,
    datasetId: await requireDataset(client, cycle.cycleId),
    labelHorizonBars: result.labelHorizonBars,
    trainWindow: input.trainWindow,
    holdoutBars: input.holdoutBars,
    trainer: input.trainer,
    seed: input.seed,
    strategySource: result.strategySource,
    trainerLock: result.trainerLock,
    engineVersion: result.engineVersion,
    costModel: input.costModel,
    gatePolicyVersion: settings.gatePolicyVersion,
    trialCount: (await trialsSoFar(client, cycle.strategyId)) + result.trials,
    parent: champion?.releaseId ?? null,
  };
}
