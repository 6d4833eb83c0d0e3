import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import { requireCycle } from '../adapters/postgres/cycles.ts';
import type { Queryable } from '../adapters/postgres/pool.ts';
import { readChannel, readModel } from '../adapters/postgres/releases.ts';
import { acceptStage, claimStage, startStage } from '../adapters/postgres/stages.ts';
import { readStrategy } from '../adapters/postgres/strategies.ts';
import { accountBefore, replaceWalk } from '../adapters/postgres/trading.ts';
import { inTransaction } from '../adapters/postgres/transaction.ts';
import { openAccount } from '../engine/walk.ts';
import { FailureType } from '../schemas/failure-type.ts';
import { BARS_FILE } from '../schemas/jobs/collect.ts';
import { DECISIONS_FILE, EQUITY_FILE, FILLS_FILE, ORDERS_FILE } from '../schemas/jobs/trade.ts';
import type { CycleRef, FileRef, FinishedJob, Preparation } from '../schemas/payload.ts';
import type { Release, ReleaseManifest, TradableRelease } from '../schemas/release.ts';
import { implementationOf } from '../schemas/settings.ts';
import { Stage } from '../schemas/stage.ts';
import { AccountState, Decision, EquityPoint, Fill, Order } from '../schemas/trading.ts';
import { classified, refusal } from './failure.ts';
import { fileOf, readLines, readResult } from './job-result.ts';
import { prepareJob } from './prepare-job.ts';
import type { StoreDeps } from './store-deps.ts';

/** A release in the form of the job contract, with the files that the job needs for it. */
export async function toTradable(
  client: Queryable,
  artifacts: ArtifactStore,
  release: Release,
  modelFile: string,
): Promise<{ release: TradableRelease; files: FileRef[] }> {
  const { manifest, releaseId, version } = release;
  const files: FileRef[] = [];
  if (manifest.modelSha256 !== null) {
    if (!(await artifacts.has(manifest.modelSha256))) {
      await artifacts.put(await readModel(client, manifest.modelSha256));
    }
    files.push({ name: modelFile, sha256: manifest.modelSha256 });
  }
  return {
    files,
    release: {
      releaseId,
      version,
      strategyId: implementationOf(manifest),
      parameters: manifest.parameters,
      featureSpec: manifest.featureSpec,
      modelFile: manifest.modelSha256 === null ? null : modelFile,
    },
  };
}

/** The code of a release, for a job that has to have the same; nothing where any is accepted. */
export function codeOf(
  { strategySource, engineVersion }: ReleaseManifest,
  { acceptsOtherCode = false }: Pick<StoreDeps, 'acceptsOtherCode'>,
): Pick<TradableRelease, 'code'> {
  return acceptsOtherCode ? {} : { code: { strategySource, engineVersion } };
}

/** The dataset that the cycle's collect stage made. */
export async function requireDataset(client: Queryable, cycleId: string): Promise<string> {
  const { datasetId } = await requireCycle(client, cycleId);
  if (datasetId === null) throw new Error(`cycle ${cycleId} has no dataset`);
  return datasetId;
}

export type TradeActivities = ReturnType<typeof createTradeActivities>;

export function createTradeActivities(deps: StoreDeps) {
  const { pool, artifacts } = deps;

  /**
   * Readies the walk over the window with the release that is stable now. Whatever is published
   * later trades from the next window on.
   */
  async function prepareTrade(cycle: CycleRef): Promise<Preparation> {
    const { settings } = await readStrategy(pool, cycle.strategyId);
    return inTransaction(pool, async (client) => {
      if ((await startStage(client, cycle.cycleId, Stage.Trade, Stage.Collect)) !== null) {
        return { kind: 'accepted' };
      }
      const slot = { ...cycle, stage: Stage.Trade, unit: 'walk' };
      return prepareJob(client, deps, slot, async () => {
        const stable = (await readChannel(client, cycle.strategyId))?.stable ?? null;
        if (stable === null) {
          throw refusal(
            FailureType.NoRelease,
            `${cycle.strategyId} has no published release, so nothing can trade. ` +
              `Make one with \`strategy-loop retrain --strategy ${cycle.strategyId} --roll-out\`, ` +
              'then retry this stage.',
          );
        }
        refuseLookAhead(stable, cycle);
        await client.query('update cycles set champion_version = $2 where cycle_id = $1', [
          cycle.cycleId,
          stable.version,
        ]);
        const { release, files } = await toTradable(client, artifacts, stable, 'model.onnx');
        const account = await accountBefore(client, cycle.strategyId, cycle.window.from);
        const datasetId = await requireDataset(client, cycle.cycleId);
        return {
          jobType: 'trade/walk',
          releaseId: stable.releaseId,
          files: [{ name: BARS_FILE, sha256: datasetId }, ...files],
          input: {
            window: cycle.window,
            release: { ...release, ...codeOf(stable.manifest, deps) },
            account:
              account === null ? openAccount(settings.initialCash) : AccountState.parse(account),
            costModel: settings.costModel,
          },
        };
      });
    });
  }

  /** Stores decisions, orders, fills, equity and position of the window in one transaction. */
  async function ingestTrade(cycle: CycleRef, finished: FinishedJob): Promise<void> {
    const result = await readResult(artifacts, 'trade/walk', finished);
    if (fileOf(finished, DECISIONS_FILE) !== result.decisionsSha256) {
      throw refusal(
        FailureType.ResultRefused,
        `${DECISIONS_FILE} of job ${finished.jobName} is not the log that its result names`,
      );
    }
    const [decisions, orders, fills, equity] = await Promise.all([
      readLines(artifacts, finished, DECISIONS_FILE, Decision),
      readLines(artifacts, finished, ORDERS_FILE, Order),
      readLines(artifacts, finished, FILLS_FILE, Fill),
      readLines(artifacts, finished, EQUITY_FILE, EquityPoint),
    ]);
    const record = { decisions, orders, fills, equity, account: result.account };
    const counts = [
      record.decisions.length,
      record.equity.length,
      record.orders.length,
      record.fills.length,
    ];
    const promised = [result.bars, result.bars, result.orders, result.fills];
    if (counts.join() !== promised.join()) {
      throw refusal(
        FailureType.ResultRefused,
        `job ${finished.jobName} promised ${promised.join('/')} decisions/equity/orders/fills ` +
          `and wrote ${counts.join('/')}`,
      );
    }
    const times = [...record.decisions, ...record.fills, ...record.equity].map(({ time }) => time);
    const outside = times.find((time) => time < cycle.window.from || time >= cycle.window.to);
    if (outside !== undefined) {
      throw refusal(
        FailureType.ResultRefused,
        `job ${finished.jobName} wrote a record of ${outside}, outside its window`,
      );
    }
    const { settings } = await readStrategy(pool, cycle.strategyId);
    await inTransaction(pool, async (client) => {
      if ((await claimStage(client, cycle.cycleId, Stage.Trade, finished.jobName)) === 'stands') {
        return;
      }
      const stored = await requireCycle(client, cycle.cycleId);
      await replaceWalk(client, stored, settings.instrument.instrumentId, record);
      await acceptStage(client, cycle.cycleId, Stage.Trade, { finished, result });
    });
  }

  return classified({ prepareTrade, ingestTrade });
}

/** A release may not trade days that it was trained on: that is no result. */
function refuseLookAhead({ version, manifest }: Release, { window, strategyId }: CycleRef): void {
  if (manifest.trainWindow.to <= window.from) return;
  throw refusal(
    FailureType.NoRelease,
    `release ${String(version)} of ${strategyId} was trained on days up to ` +
      `${manifest.trainWindow.to} and may not trade from ${window.from} on. Abort this cycle and ` +
      'start one whose window begins there or later.',
  );
}
