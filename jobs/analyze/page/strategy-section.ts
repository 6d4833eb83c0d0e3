import type { Contest, Curves, StrategyStory } from '../../../schemas/jobs/analyze.ts';
import type { Window } from '../../../schemas/window.ts';
import { chartData } from './chart-data.ts';
import { CONTESTANT_NAMES, CONTESTANTS } from './contestants.ts';
import { cyclesTable } from './cycles-table.ts';
import { count, percent, ratio, signedPercent, span } from './format.ts';
import { gatesList } from './gates-list.ts';
import { html, jsonForScript, NOTHING, type Html } from './html.ts';
import { contestColumns, metricsTable, swatch } from './metrics-table.ts';
import { releasesTable } from './releases-table.ts';
import { promotionSentence, verdictSentence } from './verdict.ts';

/** One strategy of a report. */
export interface PageStrategy {
  readonly story: StrategyStory;
  /** From the first traded bar on. */
  readonly overall: Contest;
  readonly curves: Curves;
  /** The window that was measured last, when the report is about one. */
  readonly latest?: { readonly window: Window; readonly contest: Contest };
}

/** Everything about one strategy; `index` tells it from the others of the page. */
export function strategySection(strategy: PageStrategy, index: number): Html {
  const { story, overall, curves, latest } = strategy;
  const traded = tradedSpan(curves);
  return html`<section
    class="strategy"
    id="strategy-${String(index)}"
    aria-labelledby="title-${String(index)}"
  >
    <h2 id="title-${String(index)}">${story.strategyId}</h2>
    <p class="hint">${story.instrumentName}, ${traded}, ${count(curves.time.length)} bars</p>
    <p class="verdict">${verdictSentence(overall)} ${promotionSentence(story)}</p>
    ${cards(overall)} ${figure(strategy, index)}
    ${metricsTable({ caption: `Figures, ${traded}`, columns: contestColumns(overall), currency: story.currency })}
    ${latest === undefined ? NOTHING : metricsTable({ caption: `This window alone, ${span(latest.window)}`, columns: contestColumns(latest.contest), currency: story.currency })}
    ${releasesTable(story.releases)} ${cyclesTable(story)} ${gatesList(story.gates, story.cycles)}
  </section> `;
}

/** First and last traded bar in words. */
export function tradedSpan({ time }: Curves): string {
  const [first, last] = [time[0], time.at(-1)];
  return first === undefined || last === undefined ? 'no bars yet' : `${first} to ${last}`;
}

function cards(contest: Contest): Html {
  const items = CONTESTANTS.map((key) => {
    const { totalReturn, sharpe, drawdownMax } = contest[key];
    return html`<li class="${key}">
      <span class="name">${CONTESTANT_NAMES[key]}</span>
      <span class="big">${signedPercent(totalReturn)}</span>
      <span class="small">Sharpe ${ratio(sharpe)}, drawdown ${percent(drawdownMax)}</span>
    </li>`;
  });
  return html`<ul class="cards" aria-label="Total return of the three contestants">
    ${items}
  </ul>`;
}

function figure({ story, overall, curves }: PageStrategy, index: number): Html {
  const source = `curves-${String(index)}`;
  const data = chartData({
    curves,
    contest: overall,
    releases: story.releases,
    currency: story.currency,
  });
  const legend = CONTESTANTS.map((key) => html`<li>${swatch(key)}${CONTESTANT_NAMES[key]}</li>`);
  const label = `Return since the start, and drawdown below it, ${tradedSpan(curves)}. ${verdictSentence(overall)}`;
  return html`<figure data-source="${source}">
      <div class="toolbar">
        <ul class="legend" aria-label="Lines of the chart">
          ${legend}
        </ul>
        <div class="scale" role="group" aria-label="Scale of the return axis">
          <button type="button" data-scale="linear" aria-pressed="true">Linear</button
          ><button type="button" data-scale="log" aria-pressed="false">Log</button>
        </div>
      </div>
      <div class="chart" role="img" aria-label="${label}">
        <noscript>The chart needs JavaScript. The tables below hold every figure.</noscript>
      </div>
      <figcaption>
        Above: return since the start. Below: drawdown from the peak so far. Bands are releases,
        numbered at the top; each trades from its dotted line on.
      </figcaption>
    </figure>
    <script type="application/json" id="${source}">
      ${jsonForScript(data)}
    </script>`;
}
