import type { CycleLine, StrategyStory } from '../../../schemas/jobs/analyze.ts';
import { STAGES } from '../../../schemas/stage.ts';
import { capitalized, duration, span, UNDEFINED_FIGURE } from './format.ts';
import { html, type Html } from './html.ts';

/** Cycle by cycle: how long each stage took and what came of it. */
export function cyclesTable({ cycles, gates }: StrategyStory): Html {
  if (cycles.length === 0) {
    return html`<p class="hint">No cycle has run.</p>`;
  }
  const judged = new Set(gates.map((gate) => gate.cycleId));
  const heads = STAGES.map(
    (stage) => html`<th scope="col" class="number">${capitalized(stage)}</th>`,
  );
  return html`<div class="scroll" role="region" aria-label="Cycles and stages" tabindex="0">
    <table>
      <caption>
        Cycles and stages
        <span class="hint">Wall time of each stage.</span>
      </caption>
      <thead>
        <tr>
          <th scope="col">Window</th>
          <th scope="col">Status</th>
          ${heads}
          <th scope="col" class="number">Traded by</th>
          <th scope="col">Challenger</th>
        </tr>
      </thead>
      <tbody>
        ${cycles.map((cycle) => cycleRow(cycle, judged))}
      </tbody>
    </table>
  </div>`;
}

function cycleRow(cycle: CycleLine, judged: ReadonlySet<string>): Html {
  const cells = STAGES.map((stage) => {
    const ms = cycle.stagesMs[stage];
    return html`<td class="number">${ms === undefined ? UNDEFINED_FIGURE : duration(ms)}</td>`;
  });
  const version = cycle.championVersion;
  const champion = version === null ? UNDEFINED_FIGURE : `release ${String(version)}`;
  return html`<tr>
    <th scope="row" title="${cycle.cycleId}">${span(cycle.window)}</th>
    <td>${cycle.status}</td>
    ${cells}
    <td class="number">${champion}</td>
    <td>${outcomeCell(cycle, judged.has(cycle.cycleId))}</td>
  </tr> `;
}

/** The reason stands here only when no gate evidence below gives it. */
function outcomeCell({ outcome, reason }: CycleLine, isJudged: boolean): Html {
  const tag = html`<span class="tag ${outcomeClass(outcome)}"
    >${outcome ?? UNDEFINED_FIGURE}</span
  >`;
  return reason === null || isJudged ? tag : html`${tag} <span class="hint">${reason}</span>`;
}

/** Only words of ours become class names. */
export function outcomeClass(outcome: string | null): string {
  switch (outcome) {
    case 'promoted':
    case 'pass':
      return 'good';
    case 'kept':
    case 'fail':
      return 'kept';
    default:
      return 'open';
  }
}
