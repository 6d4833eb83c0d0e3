import type { GateCheck, GateEvidence, GatePolicy, GateVerdict } from '../schemas/gate.ts';
import type { Metrics } from '../schemas/metrics.ts';
import { proofChecks } from './gate-proofs.ts';
import { PreconditionError } from './precondition.ts';

type Paired = NonNullable<GateEvidence['paired']>;

/**
 * Says whether a challenger may be published. Pure, so that a verdict can be made again from the
 * stored policy version and the stored evidence.
 *
 * A strategy that looks ahead, or that another run decides differently with, fails whatever else was
 * found. Too few bars are no evidence: the verdict is then `inconclusive`. With
 * a champion, the challenger must have decided differently, earned more a bar, be better with the
 * asked confidence, and not have fallen much deeper. Without one there is nothing to beat.
 *
 * @throws {PreconditionError} when the evidence names a champion without the paired figures, or
 *   the other way round.
 */
export function applyGatePolicy(policy: GatePolicy, evidence: GateEvidence): GateVerdict {
  const { champion, paired } = evidence;
  if ((champion === null) !== (paired === null)) {
    throw new PreconditionError('evidence must have champion and paired figures both, or neither');
  }
  const bars = barsCheck(policy, evidence);
  const proofs = proofChecks(evidence.proofs);
  const checks = [...proofs, bars, finiteCheck(evidence)];
  if (champion !== null && paired !== null) {
    checks.push(
      decisionsCheck(paired, evidence.bars),
      meanCheck(paired),
      confidenceCheck(policy, paired),
      drawdownCheck(policy, evidence.challenger, champion),
    );
  }
  const unproved = proofs.find((check) => !check.passed);
  if (unproved) {
    return { verdict: 'fail', reason: `Refused: ${unproved.text}.`, checks };
  }
  if (!bars.passed) {
    return { verdict: 'inconclusive', reason: `No verdict: ${bars.text}.`, checks };
  }
  const failed = checks.find((check) => !check.passed);
  if (failed) {
    return { verdict: 'fail', reason: `Refused: ${failed.text}.`, checks };
  }
  return { verdict: 'pass', reason: passReason(evidence), checks };
}

function barsCheck(policy: GatePolicy, evidence: GateEvidence): GateCheck {
  return {
    name: 'bars',
    passed: evidence.bars >= policy.barsMin,
    text: `${String(evidence.bars)} held-out bars, at least ${String(policy.barsMin)} asked`,
  };
}

function finiteCheck({ challenger, champion, paired }: GateEvidence): GateCheck {
  const wrong = [...unfinite('challenger', challenger), ...unfinite('champion', champion)];
  if (paired && !(Number.isFinite(paired.meanDifference) && Number.isFinite(paired.confidence))) {
    wrong.push('paired comparison');
  }
  const passed = wrong.length === 0;
  return {
    name: 'figures',
    passed,
    text: passed ? 'all figures are finite' : `figures that are not finite: ${wrong.join(', ')}`,
  };
}

function unfinite(whose: string, metrics: Metrics | null): string[] {
  return Object.entries(metrics ?? {})
    .filter(([, value]) => value !== null && !Number.isFinite(value))
    .map(([name]) => `${whose} ${name}`);
}

function decisionsCheck(paired: Paired, bars: number): GateCheck {
  const passed = paired.barsDiffering > 0;
  return {
    name: 'decisions',
    passed,
    text: passed
      ? `decisions differ on ${String(paired.barsDiffering)} of ${String(bars)} held-out bars`
      : `identical decisions on all ${String(bars)} held-out bars, so nothing shows that the challenger is better`,
  };
}

function meanCheck(paired: Paired): GateCheck {
  const basisPoints = paired.meanDifference * 10_000;
  return {
    name: 'mean-return',
    passed: paired.meanDifference > 0,
    text: `the challenger earned ${signed(basisPoints)} bp a bar relative to the champion, more than 0 asked`,
  };
}

function confidenceCheck(policy: GatePolicy, paired: Paired): GateCheck {
  return {
    name: 'confidence',
    passed: paired.confidence >= policy.confidenceMin,
    text: `confidence ${paired.confidence.toFixed(3)} that the challenger is better, at least ${policy.confidenceMin.toFixed(3)} asked`,
  };
}

function drawdownCheck(policy: GatePolicy, challenger: Metrics, champion: Metrics): GateCheck {
  const most = champion.drawdownMax + policy.drawdownExcessMax;
  return {
    name: 'drawdown',
    passed: challenger.drawdownMax <= most,
    text: `the challenger's drawdown was ${percent(challenger.drawdownMax)} against the champion's ${percent(champion.drawdownMax)}, at most ${percent(most)} allowed`,
  };
}

function passReason({ champion, paired, challenger, bars }: GateEvidence): string {
  if (champion === null || paired === null) {
    return `Passed: there is no champion to beat yet, ${String(bars)} held-out bars suffice and the figures are finite.`;
  }
  return (
    `Passed: ${signed(paired.meanDifference * 10_000)} bp a bar relative to the champion on ` +
    `${String(bars)} held-out bars with confidence ${paired.confidence.toFixed(3)}, drawdown ` +
    `${percent(challenger.drawdownMax)} against ${percent(champion.drawdownMax)}.`
  );
}

function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${value.toFixed(2)}`;
}

function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(2)} %`;
}
