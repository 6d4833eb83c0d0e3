import { count, percent, ratio } from '../../analyze/page/format.ts';
import { html, type Html } from '../../analyze/page/html.ts';
import type { SweepStatistics } from '../sweep-statistics.ts';

/** A deflated Sharpe ratio below this leaves luck as an explanation: the usual 95 % confidence. */
const DEFLATED_SHARPE_MIN = 0.95;

/** From here on the best in one half of the bars is as likely below the middle in the other half. */
const PBO_MAX = 0.5;

/** What the search itself does to its winner: a warning unless every figure speaks against luck. */
export function luckNotice({ trials, luckySharpe, best, overfitting }: SweepStatistics): Html {
  const winner = best[0];
  const deflated = winner?.deflatedSharpe ?? null;
  const isDeflatedFine = deflated !== null && deflated >= DEFLATED_SHARPE_MIN;
  const isPboFine = overfitting !== null && overfitting.pbo < PBO_MAX;
  const isCalm = isDeflatedFine && isPboFine;
  const head = isCalm
    ? 'The best set is better than luck explains, on these bars.'
    : 'The best set may be luck: it was picked after the fact.';
  return html`<div class="notice ${isCalm ? 'calm' : 'warning'}" role="note">
    <p><strong>${head}</strong></p>
    <p>
      Of ${count(trials)} trials without any skill the best would be expected to show a Sharpe ratio
      of ${ratio(luckySharpe)} a year; the best set shows ${ratio(winner?.sharpe ?? null)}. Its
      deflated Sharpe ratio, the probability that it is truly above that, is ${percent(deflated)};
      ${percent(DEFLATED_SHARPE_MIN)} is usually asked for.
    </p>
    <p>${overfittingSentence(overfitting)}</p>
  </div>`;
}

function overfittingSentence(overfitting: SweepStatistics['overfitting']): string {
  if (overfitting === null) {
    return 'The probability of back-test overfitting needs at least 2 sets and 160 bars after warm-up.';
  }
  const { pbo, sets, bars } = overfitting;
  return (
    `Probability of back-test overfitting: ${percent(pbo)}. So often, over all halves of ${count(bars)} bars in 16 blocks, ` +
    `the best of ${count(sets)} sets in one half was below the middle in the other.`
  );
}
