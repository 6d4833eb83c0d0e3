import { bootstrapMeans, shareAboveZero } from '../../engine/bootstrap.ts';
import { readBars } from '../../engine/bars-file.ts';
import { measure, returnsOf } from '../../engine/metrics.ts';
import { xoshiro } from '../../engine/random.ts';
import { openAccount, type IndexSpan, type Walk } from '../../engine/walk.ts';
import type { Bar } from '../../schemas/bar.ts';
import type { GateEvidence } from '../../schemas/gate.ts';
import { BARS_FILE } from '../../schemas/jobs/collect.ts';
import type { ResultOf } from '../../schemas/jobs/job-type.ts';
import type { Contender, EvaluateInput } from '../../schemas/jobs/roll-out.ts';
import type { Metrics } from '../../schemas/metrics.ts';
import { BadInputError } from '../contract/job-error.ts';
import type { JobContext, ProgramFacts } from '../contract/job.ts';
import { requireCode } from '../host/require-code.ts';
import { walkRelease } from '../host/walk-release.ts';
import { strategyById } from '../../strategies/registry.ts';
import { proveContender } from './prove-contender.ts';

/** All figures are ratios, or are compared at equal cash. */
const CASH = 1_000_000;

/** Contenders are walked, not traded: their orders carry no release. */
const NO_RELEASE = '0'.repeat(64);

/**
 * Walks challenger and champion over the same held-out bars, each from a fresh flat account at the
 * same costs, compares their returns bar by bar, and proves on those bars what may be proved about the
 * challenger's code.
 */
export async function run(
  context: JobContext<'roll-out/evaluate'>,
  program: ProgramFacts,
): Promise<ResultOf<'roll-out/evaluate'>> {
  // Not the champion: after an upgrade it is compared as it would trade now.
  requireCode({ ...context.input.challenger, what: 'the challenger' }, program.sourceHashes());
  return evaluate(context, strategyById);
}

/** @param find the strategy whose code is proved, by its id. */
export async function evaluate(
  context: JobContext<'roll-out/evaluate'>,
  find: typeof strategyById,
): Promise<ResultOf<'roll-out/evaluate'>> {
  const { input } = context;
  const bars = readBars(context.readText(BARS_FILE));
  const span = heldOutSpan(bars, input.holdout);
  const walkContender = (contender: Contender) =>
    walkRelease({
      bars,
      window: span,
      release: releaseOf(contender, context),
      account: openAccount(CASH),
      costModel: input.costModel,
    });
  const challenger = await walkContender(input.challenger);
  const champion = input.champion === null ? null : await walkContender(input.champion);
  const { strategyId, parameters } = input.challenger;
  const proofs = await proveContender({ strategy: find(strategyId), parameters, bars, span });
  const evidence: GateEvidence = {
    from: input.holdout.from,
    last: input.holdout.last,
    bars: span.toIndex - span.fromIndex,
    challenger: metricsOf(challenger),
    champion: champion === null ? null : metricsOf(champion),
    paired: champion === null ? null : comparePaired(challenger, champion, input),
    proofs,
  };
  context.log(
    `compared on ${String(evidence.bars)} held-out bars ${evidence.from} to ${evidence.last}: ` +
      (evidence.paired === null
        ? 'no champion'
        : `confidence ${evidence.paired.confidence.toFixed(3)}`),
  );
  const { lookAhead, parity } = proofs;
  context.log(
    `proved on ${String(lookAhead.bars)} held-out bars: ` +
      `${String(lookAhead.leaks.length)} kinds of look-ahead, ` +
      `${String(parity.differences.length)} of ${String(parity.runs.length)} runs differ`,
  );
  return { evidence };
}

function releaseOf(contender: Contender, context: JobContext<'roll-out/evaluate'>) {
  const { strategyId, parameters, featureSpec, modelFile } = contender;
  const modelBytes = modelFile === null ? null : context.readFile(modelFile);
  return { releaseId: NO_RELEASE, strategyId, parameters, featureSpec, modelBytes };
}

function metricsOf({ equity, fills }: Walk): Metrics {
  return measure({ equity, fills, initialEquity: CASH });
}

/** Bars from the first to the last held-out one, both included. */
function heldOutSpan(bars: readonly Bar[], { from, last }: EvaluateInput['holdout']): IndexSpan {
  const fromIndex = bars.findIndex((bar) => bar.time === from);
  const lastIndex = bars.findIndex((bar) => bar.time === last);
  if (fromIndex < 0 || lastIndex < fromIndex) {
    throw new BadInputError(
      `holdout must begin and end with bars of ${BARS_FILE}, oldest first, was ${from} to ${last}. Use the span that the retrain job reported.`,
    );
  }
  return { fromIndex, toIndex: lastIndex + 1 };
}

/** The bar is the sample unit: returns of one bar are compared with each other, never pooled. */
function comparePaired(
  challenger: Walk,
  champion: Walk,
  { resamples, blockBars, seed }: EvaluateInput,
): NonNullable<GateEvidence['paired']> {
  const championReturns = returnsOf(champion.equity, CASH);
  const differences = Float64Array.from(
    returnsOf(challenger.equity, CASH),
    (value, t) => value - (championReturns[t] as number),
  );
  const means = bootstrapMeans(differences, { resamples, blockBars, random: xoshiro(seed) });
  return {
    meanDifference: differences.reduce((sum, value) => sum + value, 0) / differences.length,
    confidence: shareAboveZero(means),
    barsDiffering: challenger.decisions.filter(
      (decision, t) => decision.target !== champion.decisions[t]?.target,
    ).length,
  };
}
