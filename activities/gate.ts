import {
  holdoutUsedBy,
  insertVerdict,
  readChallenger,
  readGatePolicy,
  readProofs,
  readVerdict,
} from '../adapters/postgres/challengers.ts';
import type { StoredChallenger } from '../adapters/postgres/challengers.ts';
import { lastTradedEnd } from '../adapters/postgres/cycles.ts';
import { imageOfStage, markJobSucceeded } from '../adapters/postgres/job-runs.ts';
import { GenerationConflictError, publish } from '../adapters/postgres/publish.ts';
import { findRelease, readChannel } from '../adapters/postgres/releases.ts';
import { readStage } from '../adapters/postgres/stages.ts';
import type { StoredStage } from '../adapters/postgres/stages.ts';
import { inTransaction } from '../adapters/postgres/transaction.ts';
import { applyGatePolicy } from '../engine/gate.ts';
import type { GateVerdict } from '../schemas/gate.ts';
import { BARS_FILE } from '../schemas/jobs/collect.ts';
import type {
  FileRef,
  FinishedJob,
  Preparation,
  Proposal,
  RolloutVerdict,
} from '../schemas/payload.ts';
import type { Release, ReleaseManifest } from '../schemas/release.ts';
import { implementationOf } from '../schemas/settings.ts';
import { Stage } from '../schemas/stage.ts';
import { classified } from './failure.ts';
import { readResult } from './job-result.ts';
import { prepareJob } from './prepare-job.ts';
import type { StoreDeps } from './store-deps.ts';
import { codeOf, toTradable } from './trade.ts';

/** An evaluation that need not be run, because its outcome is clear before. */
export type EvaluationPreparation =
  Preparation | { readonly kind: 'decided'; readonly verdict: RolloutVerdict };

export type GateActivities = ReturnType<typeof createGateActivities>;

export function createGateActivities(deps: StoreDeps) {
  const { pool, artifacts, host } = deps;

  /** Readies the walk of challenger and champion over the same held-out bars. */
  async function prepareEvaluate(proposal: Proposal): Promise<EvaluationPreparation> {
    const { cycle, challengerId } = proposal;
    return inTransaction(pool, async (client) => {
      await client.query('select 1 from channels where strategy_id = $1 for update', [
        cycle.strategyId,
      ]);
      if ((await readVerdict(client, challengerId)) !== null) return { kind: 'accepted' };
      const challenger = await readChallenger(client, challengerId);
      const champion = (await readChannel(client, cycle.strategyId))?.stable ?? null;
      const refused =
        refuseOutdated(challenger, champion?.releaseId ?? null) ??
        refuseLookAhead(challenger, champion, await lastTradedEnd(client, cycle.strategyId)) ??
        refuseUsedHoldout(
          challenger,
          await holdoutUsedBy(client, cycle.strategyId, challenger.holdout),
        );
      if (refused !== null) return { kind: 'decided', verdict: refused };
      const slot = { ...cycle, stage: Stage.RollOut, unit: 'evaluate' };
      return prepareJob(client, deps, slot, async () => {
        const { manifest } = challenger;
        const policy = await readGatePolicy(client, manifest.gatePolicyVersion);
        const own = contender(manifest, 'challenger.onnx');
        const other =
          champion === null ? null : await toTradable(client, artifacts, champion, 'champion.onnx');
        return {
          jobType: 'roll-out/evaluate',
          files: [
            { name: BARS_FILE, sha256: manifest.datasetId },
            ...own.files,
            ...(other?.files ?? []),
          ],
          input: {
            challenger: { ...own.contender, ...codeOf(manifest, deps) },
            champion:
              other === null
                ? null
                : {
                    strategyId: other.release.strategyId,
                    parameters: other.release.parameters,
                    featureSpec: other.release.featureSpec,
                    modelFile: other.release.modelFile,
                  },
            holdout: challenger.holdout,
            costModel: manifest.costModel,
            resamples: policy.resamples,
            blockBars: policy.blockBars,
            seed: manifest.seed,
          },
        };
      });
    });
  }

  /**
   * Applies the stored gate policy to the evidence and records the verdict. A verdict that stands
   * already is answered again. The policy runs here, not in the workflow, so that its verdict is
   * in the history and its formulas stay changeable while rollouts are open.
   */
  async function judgeChallenger(
    proposal: Proposal,
    finished: FinishedJob | null,
  ): Promise<GateVerdict> {
    const standing = await readVerdict(pool, proposal.challengerId);
    if (standing !== null) return standing;
    if (finished === null) throw new Error(`challenger ${proposal.challengerId} has no evidence`);
    const { evidence } = await readResult(artifacts, 'roll-out/evaluate', finished);
    return inTransaction(pool, async (client) => {
      const challenger = await readChallenger(client, proposal.challengerId);
      const policyVersion = challenger.manifest.gatePolicyVersion;
      const verdict = applyGatePolicy(await readGatePolicy(client, policyVersion), evidence);
      const { cycleId } = proposal.cycle;
      await insertVerdict(client, challenger, { verdict, evidence, policyVersion, cycleId });
      await markJobSucceeded(client, finished);
      return verdict;
    });
  }

  /**
   * Publishes a challenger that has passed, all at once: it trades from the next bar on. Safe to
   * retry, also when the outcome of the first try is unknown.
   */
  async function publishChallenger(proposal: Proposal, reason: string): Promise<RolloutVerdict> {
    const { cycle, challengerId } = proposal;
    const challenger = await readChallenger(pool, challengerId);
    const { manifest } = challenger;
    const view = await readChannel(pool, cycle.strategyId);
    if (view === null) throw new Error(`${cycle.strategyId} has no channel`);
    const earlier = await findRelease(pool, cycle.strategyId, challengerId);
    if (earlier !== null) {
      return { outcome: 'promoted', reason, version: earlier.version, releaseId: challengerId };
    }
    const refused =
      refuseOutdated(challenger, view.stable?.releaseId ?? null) ??
      refuseSkipped(challengerId, await readStage(pool, cycle.cycleId, Stage.RollOut));
    if (refused !== null) return refused;
    const proofs = await readProofs(pool, challengerId);
    const image = await imageOfStage(pool, cycle.cycleId, Stage.Retrain);
    const model = manifest.modelSha256 === null ? null : await artifacts.get(manifest.modelSha256);
    try {
      const { release } = await publish(pool, {
        manifest,
        model,
        provenance: {
          cycleId: cycle.cycleId,
          actor: proposal.actor,
          launcher: proposal.launcher,
          host,
          ...(image !== null && { image }),
          ...(proofs !== null && { proofs }),
        },
        reason,
        expectedGeneration: view.channel.generation,
      });
      return { outcome: 'promoted', reason, version: release.version, releaseId: challengerId };
    } catch (error) {
      if (!(error instanceof GenerationConflictError)) throw error;
      return superseded(challengerId, 'the channel moved while the challenger was published');
    }
  }

  return classified({ prepareEvaluate, judgeChallenger, publishChallenger });
}

/** An operator who skips the roll-out keeps the champion, also when the gate was still at work. */
function refuseSkipped(challengerId: string, stage: StoredStage | null): RolloutVerdict | null {
  if (stage?.status !== 'skipped') return null;
  const reason = 'the roll-out was skipped by an operator';
  return { outcome: 'kept', reason, version: null, releaseId: challengerId };
}

function superseded(challengerId: string, reason: string): RolloutVerdict {
  return { outcome: 'superseded', reason, version: null, releaseId: challengerId };
}

/** A challenger was trained to beat one champion; when another one is stable, it is out of date. */
function refuseOutdated(
  challenger: StoredChallenger,
  stable: string | null,
): RolloutVerdict | null {
  if (challenger.manifest.parent === stable) return null;
  return superseded(
    challenger.challengerId,
    'another release became stable after this challenger was trained',
  );
}

/**
 * A challenger that was trained on days which the strategy has not traded yet would trade days it
 * knows; a champion that was trained on the held-out bars would be judged on bars it knows.
 */
function refuseLookAhead(
  { challengerId, manifest, holdout }: StoredChallenger,
  champion: Release | null,
  tradedTo: string | null,
): RolloutVerdict | null {
  const kept = { outcome: 'kept', version: null, releaseId: challengerId } as const;
  const { to } = manifest.trainWindow;
  if (tradedTo !== null && to > tradedTo) {
    const reason = `it was trained on days up to ${to}, and the strategy has traded up to ${tradedTo} only`;
    return { ...kept, reason };
  }
  if (champion !== null && champion.manifest.trainWindow.to > holdout.from) {
    const reason =
      `champion release ${String(champion.version)} was trained on days up to ` +
      `${champion.manifest.trainWindow.to}, so it knows the held-out bars from ${holdout.from} on`;
    return { ...kept, reason };
  }
  return null;
}

function refuseUsedHoldout(
  challenger: StoredChallenger,
  user: { readonly challengerId: string; readonly cycleId: string } | null,
): RolloutVerdict | null {
  if (user === null) return null;
  const { from, last } = challenger.holdout;
  return {
    outcome: 'kept',
    reason:
      `the held-out bars ${from} to ${last} have served the gate of ${user.cycleId} already; ` +
      'retrain on a window with another end',
    version: null,
    releaseId: challenger.challengerId,
  };
}

function contender(manifest: ReleaseManifest, modelFile: string) {
  const files: FileRef[] =
    manifest.modelSha256 === null ? [] : [{ name: modelFile, sha256: manifest.modelSha256 }];
  return {
    files,
    contender: {
      strategyId: implementationOf(manifest),
      parameters: manifest.parameters,
      featureSpec: manifest.featureSpec,
      modelFile: manifest.modelSha256 === null ? null : modelFile,
    },
  };
}
