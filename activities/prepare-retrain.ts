import { requireCycle } from '../adapters/postgres/cycles.ts';
import type { StoredCycle } from '../adapters/postgres/cycles.ts';
import { latestJobRun, requireJob } from '../adapters/postgres/job-runs.ts';
import type { JobSlot } from '../adapters/postgres/job-runs.ts';
import type { Queryable } from '../adapters/postgres/pool.ts';
import type { StoredStrategy } from '../adapters/postgres/strategies.ts';
import { FailureType } from '../schemas/failure-type.ts';
import { JobInput } from '../schemas/job.ts';
import { BARS_FILE } from '../schemas/jobs/collect.ts';
import { partFile, ScoreInput, SCORES_FILE } from '../schemas/jobs/retrain.ts';
import type { RetrainInput } from '../schemas/jobs/retrain.ts';
import type {
  CycleRef,
  FileRef,
  FinishedJob,
  PreparedJobOrResult,
  PreparedParts,
} from '../schemas/payload.ts';
import { implementationOf } from '../schemas/settings.ts';
import { Stage } from '../schemas/stage.ts';
import type { Window } from '../schemas/window.ts';
import { refusal } from './failure.ts';
import { fileOf } from './job-result.ts';
import { canonicalJson, prepareJob, sha256 } from './prepare-job.ts';
import type { JobDeps } from './prepare-job.ts';
import { requireDataset } from './trade.ts';

/** Parts of a strategy's search that run at once where its settings do not say. */
const PARTS_AT_ONCE = 2;
/** Hex digits that tell one search of a cycle from another. */
const SEARCH_DIGITS = 12;

/** Days the trainer may look at: the strategy's last `trainBars`, or what a person asked for. */
async function trainWindowOf(
  client: Queryable,
  cycle: StoredCycle,
  { settings }: StoredStrategy,
): Promise<Window> {
  const { to } = cycle.window;
  if (cycle.trainFrom !== null) return { from: cycle.trainFrom, to };
  const { rows } = await client.query<{ from: string }>(
    `select bar_time(open_time) as "from" from bars
     where series_id = $1 and open_time < $2 and revision = 1
     order by open_time desc offset $3 limit 1`,
    [settings.seriesId, to, settings.trainBars - 1],
  );
  if (rows[0] !== undefined) return { from: rows[0].from, to };
  throw refusal(
    FailureType.InvalidInput,
    `${settings.strategyId} trains on ${String(settings.trainBars)} bars, but the series has fewer ` +
      `before ${to}`,
  );
}

interface TrainerRequest {
  readonly files: readonly FileRef[];
  readonly input: RetrainInput;
}

/** What every job of the stage is asked: the bars, and how to train on them. */
async function trainerRequest(
  client: Queryable,
  cycle: CycleRef,
  strategy: StoredStrategy,
): Promise<TrainerRequest> {
  const stored = await requireCycle(client, cycle.cycleId);
  const { settings } = strategy;
  return {
    files: [{ name: BARS_FILE, sha256: await requireDataset(client, cycle.cycleId) }],
    input: {
      strategyId: implementationOf(settings),
      trainWindow: await trainWindowOf(client, stored, strategy),
      holdoutBars: settings.holdoutBars,
      seed: stored.seed,
      trainer: { ...settings.trainer, ...stored.trainer },
      costModel: settings.costModel,
    },
  };
}

function trainerSlot(cycle: CycleRef): CycleRef & JobSlot {
  return { ...cycle, stage: Stage.Retrain, unit: 'train' };
}

/** Readies the trainer that does all the work in one job, or the one that was readied before. */
export async function prepareTrainer(
  client: Queryable,
  deps: JobDeps,
  cycle: CycleRef,
  strategy: StoredStrategy,
): Promise<PreparedJobOrResult> {
  return prepareJob(client, deps, trainerSlot(cycle), async () => ({
    jobType: strategy.description.trainerJob,
    ...(await trainerRequest(client, cycle, strategy)),
  }));
}

/**
 * Readies one job for each part of the search, where the settings ask for several. Parts that were
 * scored before are not scored again, unless what is asked has changed since: scores of two searches
 * cannot be compared, so each search has parts of its own.
 *
 * @returns null when there is one job only, or when all parts were taken up already.
 */
export async function prepareParts(
  client: Queryable,
  deps: JobDeps,
  cycle: CycleRef,
  strategy: StoredStrategy,
): Promise<PreparedParts | null> {
  const { searchParts = 1, partsAtOnce = PARTS_AT_ONCE } = strategy.settings.jobs ?? {};
  const trainer = await latestJobRun(client, trainerSlot(cycle));
  if (searchParts === 1 || (trainer !== null && trainer.status !== 'failed')) return null;
  if (strategy.description.trainerJob !== 'retrain/search') {
    throw refusal(
      FailureType.InvalidInput,
      `jobs.searchParts of ${cycle.strategyId} must be 1 or left out, was ${String(searchParts)}: ` +
        `its trainer is ${strategy.description.trainerJob}, which searches no parameters. Correct its settings, then retry.`,
    );
  }
  const request = await trainerRequest(client, cycle, strategy);
  const search = sha256(canonicalJson(request)).slice(0, SEARCH_DIGITS);
  const parts: PreparedJobOrResult[] = [];
  for (let index = 0; index < searchParts; index += 1) {
    const part = { index, of: searchParts };
    const unit = `score-${String(index + 1)}-of-${String(searchParts)}-${search}`;
    const slot = { ...cycle, stage: Stage.Retrain, unit };
    const { files, input } = request;
    parts.push(
      await prepareJob(client, deps, slot, () =>
        Promise.resolve({ jobType: 'retrain/score', files, input: { ...input, part } }),
      ),
    );
  }
  return { kind: 'parts', parts, atOnce: partsAtOnce };
}

/**
 * Readies the job that takes up what the parts found. It is asked what they were asked, not what the
 * settings of today say.
 *
 * @param finished the parts, in their order.
 */
export async function prepareRanker(
  client: Queryable,
  deps: JobDeps,
  cycle: CycleRef,
  finished: readonly FinishedJob[],
): Promise<PreparedJobOrResult> {
  await client.query('select 1 from cycles where cycle_id = $1 for update', [cycle.cycleId]);
  return prepareJob(client, deps, trainerSlot(cycle), async () => {
    const { inputSha256, files } = await requireJob(client, finished[0]?.jobName ?? '');
    const text = (await deps.artifacts.get(inputSha256)).toString('utf8');
    const { part, ...input } = ScoreInput.parse(JobInput.parse(JSON.parse(text)).input);
    const scores = finished.map((each, index) => ({
      name: partFile(index),
      sha256: fileOf(each, SCORES_FILE),
    }));
    return {
      jobType: 'retrain/search',
      files: [...files, ...scores],
      input: { ...input, parts: part.of },
    };
  });
}
