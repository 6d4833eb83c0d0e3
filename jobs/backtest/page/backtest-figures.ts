import { drawdownCurve } from '../../../engine/statistics/drawdown.ts';
import { tradeCounts } from '../../../schemas/trade-counts.ts';
import { sideOf, type MarkedBar } from '../backtest-tables.ts';
import { logBaseOf, rounded, type ChartData } from '../../analyze/page/chart-data.ts';
import { count } from '../../analyze/page/format.ts';
import { html, jsonForScript, NOTHING, type Html } from '../../analyze/page/html.ts';
import { swatch } from '../../analyze/page/metrics-table.ts';
import type { Trade } from '../trades.ts';
import { chartIndices } from './thinned.ts';

export interface EquityFigureInput {
  readonly name: string;
  readonly equity: readonly MarkedBar[];
  /** Of buying and holding, on the same bars. */
  readonly holding: readonly MarkedBar[];
  readonly initialEquity: number;
  /** What the chart shows, in words. */
  readonly sentence: string;
}

/** Return since the start with the drawdown below it, beside buying and holding. */
export function equityFigure(input: EquityFigureInput): Html {
  const { name, equity, holding, initialEquity, sentence } = input;
  const shown = chartIndices(equity.map((point) => point.equity));
  const line = (key: 'loop' | 'buyAndHold', title: string, points: readonly MarkedBar[]) => {
    const values = points.map((point) => point.equity);
    const drawdown = drawdownCurve(values, initialEquity);
    return {
      key,
      name: title,
      growth: shown.map((at) => rounded((values[at] as number) / initialEquity - 1)),
      drawdown: shown.map((at) => rounded(-(drawdown[at] as number))),
    };
  };
  const lines = [line('loop', name, equity), line('buyAndHold', 'Buy and hold', holding)];
  const data: ChartData = {
    time: shown.map((at) => (equity[at] as MarkedBar).time),
    initialEquity,
    currency: '',
    logBase: logBaseOf([1, ...lines.flatMap(({ growth }) => growth.map((value) => 1 + value))]),
    lines,
    bands: [],
  };
  return html`<figure data-source="equity">
      <div class="toolbar">
        <ul class="legend" aria-label="Lines of the chart">
          <li>${swatch('loop')}${name}</li>
          <li>${swatch('buyAndHold')}Buy and hold</li>
        </ul>
        ${scaleButtons('Scale of the return axis')}
      </div>
      <div class="chart" role="img" aria-label="Return since the start, and drawdown. ${sentence}">
        <noscript>The chart needs JavaScript. The tables below hold every figure.</noscript>
      </div>
      <figcaption>
        Above: return since the start. Below: drawdown from the peak so
        far.${thinnedNote(equity, shown)}
      </figcaption>
    </figure>
    <script type="application/json" id="equity">
      ${jsonForScript(data)}
    </script>`;
}

/** The price with every trade on it; bars while something is held have a band. */
export function tradesFigure(trades: readonly Trade[], equity: readonly MarkedBar[]): Html {
  if (equity.length === 0) return NOTHING;
  const shown = chartIndices(equity.map(({ close }) => close));
  const close = shown.map((at) => (equity[at] as MarkedBar).close);
  const data = {
    time: shown.map((at) => (equity[at] as MarkedBar).time),
    close,
    logBase: logBaseOf(close),
    trades: trades.map((trade) => ({
      ...{ entryTime: trade.entryTime, entryPrice: trade.entryPrice },
      ...{ exitTime: trade.exitTime, exitPrice: trade.exitPrice },
      gain: rounded(trade.return),
      isShort: sideOf(trade) === 'short',
    })),
  };
  return html`<h3>Trades on the price</h3>
    <figure data-trades="trades">
      <div class="toolbar">
        <p class="hint trades-key">
          <span><b class="up" aria-hidden="true">▲</b> bought</span
          ><span><b class="down" aria-hidden="true">▼</b> sold</span>
          <span>${tradesText(trades)}</span>
        </p>
        ${scaleButtons('Scale of the price axis')}
      </div>
      <div class="chart trades" role="img" aria-label="Closing price with ${tradesText(trades)}">
        <noscript>The chart needs JavaScript. The tables below hold every figure.</noscript>
      </div>
      <figcaption>
        Closing price. A band marks the bars on which something was held; drag below to look
        closer.${thinnedNote(equity, shown)}
      </figcaption>
    </figure>
    <script type="application/json" id="trades">
      ${jsonForScript(data)}
    </script>`;
}

function tradesText(trades: readonly Trade[]): string {
  const { open } = tradeCounts(trades);
  const text = `${count(trades.length)} ${trades.length === 1 ? 'trade' : 'trades'}`;
  return open === 0 ? text : `${text}, ${count(open)} of them open`;
}

function scaleButtons(label: string): Html {
  return html`<div class="scale" role="group" aria-label="${label}">
    <button type="button" data-scale="linear" aria-pressed="true">Linear</button
    ><button type="button" data-scale="log" aria-pressed="false">Log</button>
  </div>`;
}

function thinnedNote(equity: readonly unknown[], shown: readonly number[]): string {
  if (shown.length === equity.length) return '';
  return ` Drawn from ${count(shown.length)} of ${count(equity.length)} bars, lowest and highest ones included; every figure is of all bars.`;
}
