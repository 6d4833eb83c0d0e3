import type { SweepRequest } from '../../../schemas/backtest.ts';
import type { Bar } from '../../../schemas/bar.ts';
import { count, money, percent, ratio, signedPercent } from '../../analyze/page/format.ts';
import { renderFrame } from '../../analyze/page/frame.ts';
import { html, type Html } from '../../analyze/page/html.ts';
import type { Axis } from '../parameter-axes.ts';
import type { SweepStatistics } from '../sweep-statistics.ts';
import type { SweptSets } from '../sweep.ts';
import { HEAT_STYLE } from './heat.ts';
import { sweepMap } from './sweep-map.ts';
import { settingsList, type Setting } from './settings-list.ts';
import { luckNotice } from './luck-notice.ts';

/** What a page about one sweep shows. */
export interface SweepPage {
  readonly strategy: {
    readonly id: string;
    readonly title: string;
    readonly description: string;
    readonly source: string;
  };
  /** Names of the price file and of the file of parameter sets. */
  readonly dataName: string;
  readonly setsName: string;
  readonly request: SweepRequest;
  readonly bars: readonly Bar[];
  readonly swept: SweptSets;
  readonly statistics: SweepStatistics;
  /** Sides of the map: none, one or two. */
  readonly axes: readonly Axis[];
}

const STYLE = `${HEAT_STYLE}
.notice { border: 1px solid var(--rule-strong); border-left: 4px solid var(--neverRetrained); border-radius: 10px; padding: 12px 18px; margin: 18px 0; }
.notice.calm { border-left-color: var(--buyAndHold); }
.notice p { margin: 0 0 4px; } .notice p:last-child { margin: 0; }
dl.settings { display: grid; grid-template-columns: max-content 1fr; gap: 4px 20px; margin: 12px 0 0; font-size: 0.9rem; }
dl.settings dt { color: var(--muted); } dl.settings dd { margin: 0; overflow-wrap: anywhere; }
td.parameters { font-size: 0.85rem; overflow-wrap: anywhere; min-width: 260px; }
`;

/**
 * One sweep as an HTML file that needs nothing else: what the best set is worth after so many trials, a
 * map over two parameters, the best sets. The same sweep gives the same bytes.
 */
export function renderSweepPage(page: SweepPage): string {
  const { strategy, request, bars, swept, statistics } = page;
  const section = html`<section class="strategy" aria-labelledby="title-0">
    <h2 id="title-0">${strategy.title}</h2>
    <p class="hint">
      ${bars[0]?.time ?? ''} to ${bars.at(-1)?.time ?? ''}, ${count(bars.length)} bars of
      ${page.dataName}
    </p>
    <p class="verdict">${verdict(page)}</p>
    ${luckNotice(statistics)} ${sweepMap(swept, page.axes)} ${bestTable(page)}
    ${settingsList(settingsOf(page))}
  </section>`;
  return renderFrame({
    title: `Sweep of ${strategy.id}`,
    introduction: html`<p class="hint">${strategy.description}</p>`,
    sections: [section],
    script: null,
    style: STYLE,
  });

  function settingsOf({ dataName, setsName }: SweepPage): readonly Setting[] {
    const { feeBps, halfSpreadBps } = request.costModel;
    return [
      ['Strategy', `${strategy.id}, ${strategy.source}`],
      ['Prices', dataName],
      ['Parameter sets', `${setsName}, ${count(swept.rows.length)} sets`],
      ['Costs', `${String(feeBps)} bp fee and ${String(halfSpreadBps)} bp half spread a side`],
      ['Initial cash', count(request.initialCash)],
      ['Sizing', request.sizing === 'all-in' ? 'the whole cash' : 'the share that it targets'],
    ];
  }
}

function verdict({ swept, request }: SweepPage): string {
  const returns = swept.rows
    .map(({ finalEquity }) => finalEquity / request.initialCash - 1)
    .sort((one, other) => one - other);
  const middle = returns[Math.floor((returns.length - 1) / 2)] ?? null;
  const gained = returns.filter((value) => value > 0).length;
  const sets = `${count(returns.length)} parameter ${returns.length === 1 ? 'set' : 'sets'}`;
  return (
    `Of ${sets}, ${count(gained)} gained after costs. The best returned ${signedPercent(returns.at(-1) ?? null)}, ` +
    `the one in the middle ${signedPercent(middle)}, the worst ${signedPercent(returns[0] ?? null)}.`
  );
}

/** `rsiPeriod 14, rsiEntry 50`; what is nested stays JSON. */
function parametersText(params: unknown): string {
  return Object.entries(params as Readonly<Record<string, unknown>>)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}

function bestTable({ swept, statistics, request }: SweepPage): Html {
  const rows = statistics.best.flatMap(({ set, sharpe, deflatedSharpe }) => {
    const row = swept.rows[set];
    if (row === undefined) return [];
    return html`<tr>
      <th scope="row">${count(set)}</th>
      <td class="number">${money(row.finalEquity)}</td>
      <td class="number">${signedPercent(row.finalEquity / request.initialCash - 1)}</td>
      <td class="number">${percent(row.maxDrawdown)}</td>
      <td class="number">${count(row.trades)}</td>
      <td class="number">${ratio(sharpe)}</td>
      <td class="number">${percent(deflatedSharpe)}</td>
      <td class="parameters">${parametersText(row.params)}</td>
    </tr> `;
  });
  const hint = `${count(rows.length)} of ${count(swept.rows.length)} sets. The number is the place in the file, from 0.`;
  return html`<div class="scroll" role="region" aria-label="Best sets" tabindex="0">
    <table>
      <caption>
        Best sets by final equity
        <span class="hint">${hint}</span>
      </caption>
      <thead>
        <tr>
          <th scope="col">Set</th>
          <th scope="col" class="number">Final equity</th>
          <th scope="col" class="number">Return</th>
          <th scope="col" class="number">Drawdown</th>
          <th scope="col" class="number">Trades</th>
          <th scope="col" class="number">Sharpe</th>
          <th scope="col" class="number">Deflated</th>
          <th scope="col">Parameters</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}
