import type { CycleLine, GateLine } from '../../../schemas/jobs/analyze.ts';
import type { GateEvidence } from '../../../schemas/gate.ts';
import { outcomeClass } from './cycles-table.ts';
import { count, percent, span } from './format.ts';
import { html, NOTHING, type Html } from './html.ts';
import { duelTable } from './metrics-table.ts';

const VERDICT_WORDS: Readonly<Record<string, string>> = {
  pass: 'passed',
  fail: 'failed',
  inconclusive: 'inconclusive',
};

/** Every decision of the gate with the evidence that it rests on. */
export function gatesList(gates: readonly GateLine[], cycles: readonly CycleLine[]): Html {
  if (gates.length === 0) {
    return html`<h3>Gate evidence</h3>
      <p class="hint">No challenger has been judged.</p>`;
  }
  const windows = new Map(cycles.map((cycle) => [cycle.cycleId, span(cycle.window)]));
  const items = gates.map((gate) => gateDetails(gate, windows.get(gate.cycleId) ?? gate.cycleId));
  return html`<h3>Gate evidence</h3>
    <p class="hint">
      Challenger and champion walk the same held-out bars at the same costs. Neither search nor fit
      saw those bars.
    </p>
    ${items}`;
}

function gateDetails(gate: GateLine, title: string): Html {
  const verdict = VERDICT_WORDS[gate.verdict] ?? gate.verdict;
  const { paired } = gate.evidence;
  const confidence =
    paired === null
      ? NOTHING
      : html`<span class="number">confidence ${percent(paired.confidence)}</span>`;
  return html`<details class="gate">
    <summary>
      <span class="when">${title}</span>
      <span class="tag ${outcomeClass(gate.verdict)}">${verdict}</span> ${confidence}<span
        class="reason"
        >${gate.reason}</span
      >
    </summary>
    <div class="evidence">
      ${checksList(gate)} ${duelTable(gate.evidence.challenger, gate.evidence.champion)}
    </div>
    <p class="hint">${evidenceSentence(gate.evidence)}</p>
  </details> `;
}

function checksList({ checks }: GateLine): Html {
  if (checks.length === 0) {
    return html`<p class="hint">The policy made no check.</p>`;
  }
  const items = checks.map(
    (check) =>
      html`<li class="${check.passed ? 'passed' : 'failed'}">
        <span class="unseen">${check.passed ? 'passed: ' : 'failed: '}</span
        ><strong>${check.name}</strong> ${check.text}
      </li> `,
  );
  return html`<ul class="checks">
    ${items}
  </ul>`;
}

function evidenceSentence({ from, last, bars, paired }: GateEvidence): string {
  const held = `${count(bars)} held-out bars, ${from} to ${last}.`;
  if (paired === null) {
    return `${held} There was no champion to compare with.`;
  }
  const points = paired.meanDifference * 10_000;
  const sign = points > 0 ? '+' : points < 0 ? '\u2212' : '';
  const difference = `${sign}${Math.abs(points).toFixed(2)} basis points a bar`;
  return (
    `${held} Challenger minus champion: ${difference} on average; the two held a different ` +
    `target on ${count(paired.barsDiffering)} bars.`
  );
}
