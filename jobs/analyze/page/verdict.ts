import type { Contest, StrategyStory } from '../../../schemas/jobs/analyze.ts';
import { count, percent, signedPercent } from './format.ts';

/**
 * How many challengers were published. Without one, the loop is its first release to this day, and
 * equal figures need that explanation.
 */
export function promotionSentence({ gates, cycles }: StrategyStory): string {
  const promoted = cycles.filter((cycle) => cycle.outcome === 'promoted').length;
  // The first release had no champion to beat, so it is not counted as a challenger.
  const challenged = gates.filter((gate) => gate.evidence.champion !== null).length;
  const judged = Math.max(challenged, promoted);
  if (judged === 0) {
    return 'No challenger has been judged yet.';
  }
  const challengers = `${count(judged)} ${judged === 1 ? 'challenger' : 'challengers'}`;
  return promoted === 0
    ? `Of ${challengers} the gate published none, so the loop still trades its first release.`
    : `Of ${challengers} the gate published ${count(promoted)}.`;
}

/**
 * What happened, in two sentences. The comparison is between the figures as they are shown, so that
 * a difference that nobody can see is not called a gain.
 */
export function verdictSentence({ loop, neverRetrained, buyAndHold }: Contest): string {
  const deed =
    signedPercent(loop.totalReturn) === '0.0%'
      ? 'ended where it began'
      : `${loop.totalReturn > 0 ? 'gained' : 'lost'} ${percent(Math.abs(loop.totalReturn))}`;
  const against = [
    compared(loop.totalReturn, neverRetrained.totalReturn, 'release 1 never retrained'),
    compared(loop.totalReturn, buyAndHold.totalReturn, 'buy and hold'),
  ];
  return (
    `The loop ${deed} after costs, with a largest drawdown of ${percent(loop.drawdownMax)}. ` +
    `It did ${against.join(' and ')}.`
  );
}

function compared(loop: number, other: number, name: string): string {
  const shown = signedPercent(other);
  if (signedPercent(loop) === shown) {
    return `the same as ${name} (${shown})`;
  }
  return `${loop > other ? 'better' : 'worse'} than ${name} (${shown})`;
}
