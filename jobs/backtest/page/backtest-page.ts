import { measure } from '../../../engine/metrics.ts';
import type { Metrics } from '../../../schemas/metrics.ts';
import type { EquityPoint } from '../../../schemas/trading.ts';
import { CHART_SCRIPT } from '../../analyze/page/chart-script.ts';
import { count, percent, ratio, signedPercent } from '../../analyze/page/format.ts';
import { renderFrame } from '../../analyze/page/frame.ts';
import { html, NOTHING, type Html } from '../../analyze/page/html.ts';
import {
  metricsTable,
  type MetricsColumn,
  type MetricsTableInput,
} from '../../analyze/page/metrics-table.ts';
import { buyAndHoldRun } from '../../analyze/contest.ts';
import type { Bar } from '../../../schemas/bar.ts';
import type { Backtest } from '../backtest-document.ts';
import type { MarkedBar } from '../backtest-tables.ts';
import type { PreparedBacktest } from '../walk-backtest.ts';
import { equityFigure, tradesFigure } from './backtest-figures.ts';
import { HEAT_STYLE } from './heat.ts';
import { monthsTable } from './months-table.ts';
import { settingsList, type Setting } from './settings-list.ts';
import { tradesTables } from './trades-tables.ts';
import { TRADES_SCRIPT } from './trades-script.ts';

/** What a page about one back-test shows. */
export interface BacktestPage {
  /** Name and description of the strategy, and what is known of its code. */
  readonly strategy: {
    readonly id: string;
    readonly title: string;
    readonly description: string;
    readonly source: string;
  };
  /** Name of the price file. */
  readonly dataName: string;
  readonly prepared: PreparedBacktest;
  readonly bars: readonly Bar[];
  readonly document: Backtest;
  /** The account at each close, and its value before the first bar. */
  readonly equity: readonly MarkedBar[];
  readonly initialEquity: number;
}

/** Two cards where the loop's page has three. */
const STYLE = `${HEAT_STYLE}
.cards { grid-template-columns: repeat(2, 1fr); }
.chart.trades { height: 380px; }
.trades-key span { margin-right: 16px; }
.up { color: var(--loop); } .down { color: var(--neverRetrained); }
.columns { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 0 32px; }
dl.settings { display: grid; grid-template-columns: max-content 1fr; gap: 4px 20px; margin: 12px 0 0; font-size: 0.9rem; }
dl.settings dt { color: var(--muted); } dl.settings dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 640px) { .cards, .columns { grid-template-columns: 1fr; } .chart.trades { height: 300px; } }
`;

/**
 * One back-test as an HTML file that needs nothing else: equity and drawdown beside buying and
 * holding, its trades on the price, its months, its figures. The same back-test gives the same bytes.
 */
export function renderBacktestPage(page: BacktestPage): string {
  const { strategy, document, equity, initialEquity } = page;
  const yardstick = holding(page);
  const columns: readonly MetricsColumn[] = [
    { key: 'loop', name: strategy.title, metrics: document.metrics },
    { key: 'buyAndHold', name: 'Buy and hold', metrics: yardstick.metrics },
  ];
  const sentence = verdict(document.metrics, yardstick.metrics);
  const section = html`<section class="strategy" aria-labelledby="title-0">
    <h2 id="title-0">${strategy.title}</h2>
    <p class="hint">${spanOf(equity)}, ${count(document.bars)} bars of ${page.dataName}</p>
    <p class="verdict">${sentence}</p>
    ${cards(columns)}
    ${equityFigure({
      name: strategy.title,
      equity,
      holding: yardstick.equity,
      initialEquity,
      sentence,
    })}
    ${metricsTable({ caption: 'Figures', columns, currency: '', ...hintsOf(page) })}
    ${tradesFigure(document.trades, equity)} ${monthsTable(equity, yardstick.equity, initialEquity)}
    ${tradesTables(document.trades)} ${settingsList(settingsOf(page))}
  </section>`;
  return renderFrame({
    title: `Back-test of ${strategy.id}`,
    introduction: html`<p class="hint">${strategy.description}</p>`,
    sections: [section],
    script: `${CHART_SCRIPT}${TRADES_SCRIPT}`,
    style: STYLE,
  });
}

interface Holding {
  readonly equity: readonly EquityPoint[];
  readonly metrics: Metrics;
}

/**
 * Buying all at the first open at which the strategy could have bought, at its costs, and never
 * selling. Before it the account is flat, as the strategy's is, so that both are measured on all bars.
 */
function holding({ bars, prepared, initialEquity: initialCash }: BacktestPage): Holding {
  const { firstDecision, request } = prepared;
  const { costModel } = request;
  const fromIndex = Math.min(firstDecision + 1, bars.length);
  const run = buyAndHoldRun({ bars, fromIndex, toIndex: bars.length, initialCash, costModel });
  const releaseId = '0'.repeat(64);
  const flat = bars.slice(0, fromIndex).map(({ time, close }) => ({
    ...{ time, close, releaseId },
    ...{ equity: initialCash, cash: initialCash, units: 0 },
  }));
  const equity = [...flat, ...run.equity];
  return { equity, metrics: measure({ equity, fills: run.fills, initialEquity: initialCash }) };
}

function verdict(own: Metrics, yardstick: Metrics): string {
  const shown = signedPercent(own.totalReturn);
  const other = signedPercent(yardstick.totalReturn);
  const compared =
    shown === other
      ? 'the same as'
      : own.totalReturn > yardstick.totalReturn
        ? 'more than'
        : 'less than';
  const trips = `${count(own.roundTrips)} closed ${own.roundTrips === 1 ? 'trade' : 'trades'}`;
  return (
    `It returned ${shown} after costs over ${trips}, ${compared} buying and holding (${other}), ` +
    `with a largest drawdown of ${percent(own.drawdownMax)} against ${percent(yardstick.drawdownMax)}.`
  );
}

function cards(columns: readonly MetricsColumn[]): Html {
  const items = columns.map(
    ({ key, name, metrics }) =>
      html`<li class="${key}">
        <span class="name">${name}</span>
        <span class="big">${signedPercent(metrics.totalReturn)}</span>
        <span class="small"
          >Sharpe ${ratio(metrics.sharpe)}, drawdown ${percent(metrics.drawdownMax)}</span
        >
      </li>`,
  );
  return html`<ul class="cards" aria-label="Total return">
    ${items}
  </ul>`;
}

/** A futures account of fixed capital does not compound; the yardstick beside it does. */
function hintsOf({ prepared }: BacktestPage): Pick<MetricsTableInput, 'hints'> {
  if (prepared.bound.futures === null) return {};
  const annual = '252 bars a year: the mean of fixed capital, compound for buy and hold';
  return { hints: { 'Annual return': annual } };
}

function spanOf(equity: readonly MarkedBar[]): Html {
  const [first, last] = [equity[0], equity.at(-1)];
  return first === undefined || last === undefined ? NOTHING : html`${first.time} to ${last.time}`;
}

function settingsOf(page: BacktestPage): readonly Setting[] {
  const { strategy, dataName, prepared, bars, initialEquity } = page;
  const { request, bound, firstDecision } = prepared;
  const { feeBps, halfSpreadBps } = request.costModel;
  return [
    ['Strategy', `${strategy.id}, ${strategy.source}`],
    ['Prices', dataName],
    ['Parameters', JSON.stringify(bound.parameters)],
    ['Costs', `${String(feeBps)} bp fee and ${String(halfSpreadBps)} bp half spread a side`],
    [bound.futures === null ? 'Initial cash' : 'Capital', count(initialEquity)],
    ['Sizing', sizingOf(page)],
    ['First decision', `bar ${String(firstDecision)}, ${bars[firstDecision]?.time ?? ''}`],
    ['Fills', 'decided at a close, filled at the next open'],
  ];
}

function sizingOf({ prepared: { request, bound } }: BacktestPage): string {
  if (bound.futures !== null) return 'contracts, of a fixed capital';
  return request.sizing === 'all-in' ? 'the whole cash' : 'the share that it targets';
}
