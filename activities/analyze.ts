import { readRelease } from '../adapters/postgres/releases.ts';
import {
  acceptStage,
  claimStage,
  setStageStatus,
  startStage,
} from '../adapters/postgres/stages.ts';
import { readStory, replaceAnalysis } from '../adapters/postgres/story.ts';
import { readStrategy } from '../adapters/postgres/strategies.ts';
import { equityLines, fillLines } from '../adapters/postgres/trading.ts';
import { inTransaction } from '../adapters/postgres/transaction.ts';
import { BARS_FILE } from '../schemas/jobs/collect.ts';
import { EQUITY_FILE, FILLS_FILE } from '../schemas/jobs/trade.ts';
import type { CycleRef, FinishedJob, Preparation } from '../schemas/payload.ts';
import { Stage } from '../schemas/stage.ts';
import { whyNotDue } from './cadence.ts';
import { classified } from './failure.ts';
import { readResult } from './job-result.ts';
import { prepareJob } from './prepare-job.ts';
import type { StoreDeps } from './store-deps.ts';
import { requireDataset, toTradable } from './trade.ts';

export type AnalyzeActivities = ReturnType<typeof createAnalyzeActivities>;

export function createAnalyzeActivities(deps: StoreDeps) {
  const { pool, artifacts } = deps;

  /**
   * Readies the job that measures the loop so far against its two baselines.
   *
   * @param always also when the strategy's settings let this cycle go without.
   */
  async function prepareAnalyze(cycle: CycleRef, always = false): Promise<Preparation> {
    const { settings } = await readStrategy(pool, cycle.strategyId);
    return inTransaction(pool, async (client) => {
      if ((await startStage(client, cycle.cycleId, Stage.Analyze, Stage.Trade)) !== null) {
        return { kind: 'accepted' };
      }
      const waits = always ? null : await whyNotDue(client, cycle, Stage.Analyze, settings);
      if (waits !== null) {
        await setStageStatus(client, cycle.cycleId, Stage.Analyze, {
          status: 'skipped',
          cause: waits,
        });
        return { kind: 'accepted' };
      }
      const slot = { ...cycle, stage: Stage.Analyze, unit: 'measure' };
      return prepareJob(client, deps, slot, async () => {
        const first = await readRelease(client, cycle.strategyId, 1);
        if (first === null) throw new Error(`${cycle.strategyId} traded without a release 1`);
        const { release, files } = await toTradable(client, artifacts, first, 'first-model.onnx');
        const { strategyId, window } = cycle;
        const equity = await equityLines(client, strategyId, window.to);
        const fills = await fillLines(client, strategyId, window.to);
        const [story, equitySha256, fillsSha256] = await Promise.all([
          readStory(client, strategyId),
          artifacts.put(equity),
          artifacts.put(fills),
        ]);
        return {
          jobType: 'analyze/measure',
          files: [
            { name: BARS_FILE, sha256: await requireDataset(client, cycle.cycleId) },
            { name: EQUITY_FILE, sha256: equitySha256 },
            { name: FILLS_FILE, sha256: fillsSha256 },
            ...files,
          ],
          input: {
            window,
            initialCash: settings.initialCash,
            costModel: settings.costModel,
            firstRelease: release,
            story,
          },
        };
      });
    });
  }

  /** Stores the figures and the report in one transaction. */
  async function ingestAnalyze(cycle: CycleRef, finished: FinishedJob): Promise<void> {
    const result = await readResult(artifacts, 'analyze/measure', finished);
    await inTransaction(pool, async (client) => {
      if ((await claimStage(client, cycle.cycleId, Stage.Analyze, finished.jobName)) === 'stands') {
        return;
      }
      await replaceAnalysis(client, cycle.cycleId, result);
      await acceptStage(client, cycle.cycleId, Stage.Analyze, {
        finished,
        result: { reportSha256: result.reportSha256, curvesSha256: result.curvesSha256 },
      });
    });
  }

  return classified({ prepareAnalyze, ingestAnalyze });
}
