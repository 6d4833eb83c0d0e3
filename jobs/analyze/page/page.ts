import { CHART_SCRIPT } from './chart-script.ts';
import { CONTESTANT_NAMES, CONTESTANTS } from './contestants.ts';
import { ratio, signedPercent } from './format.ts';
import { renderFrame } from './frame.ts';
import { html, NOTHING, type Html } from './html.ts';
import { strategySection, tradedSpan, type PageStrategy } from './strategy-section.ts';

export type { PageStrategy } from './strategy-section.ts';

export interface Page {
  readonly title: string;
  readonly strategies: readonly PageStrategy[];
}

/** The report as one HTML file that needs nothing else. Every text of the input is escaped. */
export function renderPage({ title, strategies }: Page): string {
  return renderFrame({
    title,
    introduction: html`<p class="hint">
        What a strategy earned that retrains itself, against its first release left alone and
        against buying and holding.
      </p>
      ${strategies.length > 1 ? overview(strategies) : NOTHING}`,
    sections: strategies.map(strategySection),
    script: CHART_SCRIPT,
  });
}

/** All strategies of the page in one table, each a link to its section. */
function overview(strategies: readonly PageStrategy[]): Html {
  const heads = CONTESTANTS.map(
    (key) => html`<th scope="col" class="number">${CONTESTANT_NAMES[key]}</th>`,
  );
  const rows = strategies.map(({ story, overall, curves }, index) => {
    const cells = CONTESTANTS.map(
      (key) =>
        html`<td class="number">
          ${signedPercent(overall[key].totalReturn)}
          <span class="hint">Sharpe ${ratio(overall[key].sharpe)}</span>
        </td>`,
    );
    return html`<tr>
      <th scope="row"><a href="#strategy-${String(index)}">${story.strategyId}</a></th>
      <td class="hint traded">${tradedSpan(curves)}</td>
      ${cells}
    </tr> `;
  });
  return html`<div class="scroll" role="region" aria-label="Overview" tabindex="0">
    <table class="overview">
      <caption class="unseen">
        Total return and Sharpe ratio of every strategy
      </caption>
      <thead>
        <tr>
          <th scope="col">Strategy</th>
          <th scope="col" class="traded">Traded</th>
          ${heads}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}
