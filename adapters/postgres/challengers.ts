import type { GateEvidence, GatePolicy, GateVerdict } from '../../schemas/gate.ts';
import { GatePolicy as GatePolicySchema } from '../../schemas/gate.ts';
import type { Proofs } from '../../schemas/proofs.ts';
import { ReleaseManifest } from '../../schemas/release.ts';
import type { Provenance } from '../../schemas/release.ts';
import type { Queryable } from './pool.ts';

/** What a retrain made, before the gate has seen it. */
export interface StoredChallenger {
  /** The releaseId that it gets if it is published. */
  readonly challengerId: string;
  readonly strategyId: string;
  readonly cycleId: string;
  readonly manifest: ReleaseManifest;
  readonly holdout: { readonly from: string; readonly last: string };
  /** Parameter sets or models that were tried to make it. */
  readonly trials: number;
  readonly evidence: unknown;
}

/** Records a challenger; its id is its content, so recording it twice is harmless. */
export async function insertChallenger(
  client: Queryable,
  challenger: StoredChallenger,
): Promise<void> {
  await client.query(
    `insert into challengers (challenger_id, strategy_id, cycle_id, manifest, model_sha256,
       trials, holdout_from, holdout_last, evidence)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (challenger_id) do nothing`,
    [
      challenger.challengerId,
      challenger.strategyId,
      challenger.cycleId,
      JSON.stringify(challenger.manifest),
      challenger.manifest.modelSha256,
      challenger.trials,
      challenger.holdout.from,
      challenger.holdout.last,
      JSON.stringify(challenger.evidence),
    ],
  );
}

/** Trials of every challenger of a strategy so far, refused ones included: they were tried, too. */
export async function trialsSoFar(client: Queryable, strategyId: string): Promise<number> {
  const { rows } = await client.query<{ trials: number }>(
    'select coalesce(sum(trials), 0) as trials from challengers where strategy_id = $1',
    [strategyId],
  );
  return rows[0]?.trials ?? 0;
}

/** @throws {Error} when there is none of that id. */
export async function readChallenger(
  client: Queryable,
  challengerId: string,
): Promise<StoredChallenger> {
  const { rows } = await client.query<Omit<StoredChallenger, 'manifest'> & { manifest: unknown }>(
    `select challenger_id as "challengerId", strategy_id as "strategyId", cycle_id as "cycleId",
       manifest, trials, evidence,
       jsonb_build_object('from', bar_time(holdout_from), 'last', bar_time(holdout_last)) as holdout
     from challengers where challenger_id = $1`,
    [challengerId],
  );
  const row = rows[0];
  if (row === undefined) throw new Error(`challenger ${challengerId} is not in the store`);
  return { ...row, manifest: ReleaseManifest.parse(row.manifest) };
}

export async function readGatePolicy(client: Queryable, version: number): Promise<GatePolicy> {
  const { rows } = await client.query<{ policy: unknown }>(
    'select policy from gate_policies where version = $1',
    [version],
  );
  if (rows[0] === undefined) {
    throw new Error(`gate policy ${String(version)} is not in the store`);
  }
  return GatePolicySchema.parse(rows[0].policy);
}

/** The verdict on a challenger, or null when it was not judged yet. */
export async function readVerdict(
  client: Queryable,
  challengerId: string,
): Promise<GateVerdict | null> {
  const { rows } = await client.query<GateVerdict>(
    'select verdict, reason, checks from gate_verdicts where challenger_id = $1',
    [challengerId],
  );
  return rows[0] ?? null;
}

/** Challenger whose gate used exactly these held-out bars before, or null. */
export async function holdoutUsedBy(
  client: Queryable,
  strategyId: string,
  holdout: { readonly from: string; readonly last: string },
): Promise<{ challengerId: string; cycleId: string } | null> {
  const { rows } = await client.query<{ challengerId: string; cycleId: string }>(
    `select challenger_id as "challengerId", cycle_id as "cycleId" from gate_verdicts
     where strategy_id = $1 and holdout_from = $2 and holdout_last = $3`,
    [strategyId, holdout.from, holdout.last],
  );
  return rows[0] ?? null;
}

/** Records a verdict with its evidence. The same held-out bars serve one gate only. */
export async function insertVerdict(
  client: Queryable,
  challenger: StoredChallenger,
  {
    verdict,
    evidence,
    policyVersion,
    cycleId,
  }: {
    readonly verdict: GateVerdict;
    readonly evidence: GateEvidence;
    readonly policyVersion: number;
    readonly cycleId: string;
  },
): Promise<void> {
  await client.query(
    `insert into gate_verdicts (challenger_id, strategy_id, cycle_id, policy_version, verdict,
       reason, checks, evidence, holdout_from, holdout_last)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (challenger_id) do nothing`,
    [
      challenger.challengerId,
      challenger.strategyId,
      cycleId,
      policyVersion,
      verdict.verdict,
      verdict.reason,
      JSON.stringify(verdict.checks),
      JSON.stringify(evidence),
      challenger.holdout.from,
      challenger.holdout.last,
    ],
  );
}

/** What the evaluation of a judged challenger proved, as provenance says it; null when it is older. */
export async function readProofs(
  client: Queryable,
  challengerId: string,
): Promise<NonNullable<Provenance['proofs']> | null> {
  const { rows } = await client.query<{ proofs: Proofs | null }>(
    `select evidence -> 'proofs' as proofs from gate_verdicts where challenger_id = $1`,
    [challengerId],
  );
  const proofs = rows[0]?.proofs ?? null;
  if (proofs === null) return null;
  const { lookAhead, warmUp, parity } = proofs;
  return {
    lookAheadBars: lookAhead.bars,
    warmUpStarts: warmUp.starts,
    parityRuns: parity.runs.length,
    decisionsSha256: parity.logSha256,
  };
}
