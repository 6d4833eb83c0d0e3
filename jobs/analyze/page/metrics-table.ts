import type { Contest } from '../../../schemas/jobs/analyze.ts';
import type { Metrics } from '../../../schemas/metrics.ts';
import { CONTESTANT_NAMES, CONTESTANTS, type Contestant } from './contestants.ts';
import { count, money, percent, ratio, signedPercent } from './format.ts';
import { html, NOTHING, type Html } from './html.ts';

/** One figure of the table; `better` says which end of it is the good one, if any is. */
interface Figure {
  readonly name: string;
  readonly hint: string;
  readonly better: 'higher' | 'lower' | 'neither';
  readonly value: (metrics: Metrics) => number | null;
  readonly format: (value: number | null) => string;
}

/** Every figure that reports show, in the order in which they are read. */
export const FIGURES: readonly Figure[] = [
  {
    name: 'Total return',
    hint: 'after fees and spread',
    better: 'higher',
    value: (metrics) => metrics.totalReturn,
    format: signedPercent,
  },
  {
    name: 'Annual return',
    hint: 'compound, 252 bars a year',
    better: 'higher',
    value: (metrics) => metrics.annualReturn,
    format: signedPercent,
  },
  {
    name: 'Volatility',
    hint: 'a year',
    better: 'lower',
    value: (metrics) => metrics.volatility,
    format: percent,
  },
  {
    name: 'Sharpe ratio',
    hint: 'a year, risk-free rate 0',
    better: 'higher',
    value: (metrics) => metrics.sharpe,
    format: ratio,
  },
  {
    name: 'Sortino ratio',
    hint: 'a year, target 0',
    better: 'higher',
    value: (metrics) => metrics.sortino,
    format: ratio,
  },
  {
    name: 'Largest drawdown',
    hint: 'of the peak',
    better: 'lower',
    value: (metrics) => metrics.drawdownMax,
    format: percent,
  },
  {
    name: 'Longest drawdown',
    hint: 'bars below a peak',
    better: 'lower',
    value: (metrics) => metrics.drawdownBarsMax,
    format: count,
  },
  {
    name: 'Calmar ratio',
    hint: 'annual return over drawdown',
    better: 'higher',
    value: (metrics) => metrics.calmar,
    format: ratio,
  },
  {
    name: 'Hit rate',
    hint: 'round trips that gained',
    better: 'higher',
    value: (metrics) => metrics.hitRate,
    format: percent,
  },
  {
    name: 'Round trips',
    hint: 'closed',
    better: 'neither',
    value: (metrics) => metrics.roundTrips,
    format: count,
  },
  {
    name: 'Turnover',
    hint: 'times the equity a year',
    better: 'neither',
    value: (metrics) => metrics.turnover,
    format: ratio,
  },
  {
    name: 'Exposure',
    hint: 'mean share of equity invested',
    better: 'neither',
    value: (metrics) => metrics.exposure,
    format: percent,
  },
  {
    name: 'Costs',
    hint: 'fees and half spreads',
    better: 'lower',
    value: (metrics) => metrics.costs,
    format: money,
  },
];

/** One of those whose figures stand side by side. */
export interface MetricsColumn {
  /** Of its line in the chart. */
  readonly key: Contestant;
  readonly name: string;
  readonly metrics: Metrics;
}

export interface MetricsTableInput {
  readonly caption: string;
  readonly columns: readonly MetricsColumn[];
  /** Of the costs; empty when it is not known. */
  readonly currency: string;
  /** Hints that are other than usual, by the name of their figure. */
  readonly hints?: Readonly<Record<string, string>>;
}

/** The three contestants of a report. */
export function contestColumns(contest: Contest): MetricsColumn[] {
  return CONTESTANTS.map((key) => ({ key, name: CONTESTANT_NAMES[key], metrics: contest[key] }));
}

/** Figures side by side; the best of a row is marked. */
export function metricsTable({ caption, columns, currency, hints }: MetricsTableInput): Html {
  const rows = FIGURES.map((figure) => {
    const values = columns.map(({ metrics }) => figure.value(metrics));
    const best = bestOf(figure, values);
    const cells = values.map((value) =>
      value !== null && figure.format(value) === best
        ? html`<td class="number best">
            ${figure.format(value)}<span class="unseen"> best</span>
          </td>`
        : html`<td class="number">${figure.format(value)}</td>`,
    );
    const isMoney = figure.name === 'Costs' && currency !== '';
    const usual = isMoney ? `${figure.hint}, ${currency}` : figure.hint;
    const hint = hints?.[figure.name] ?? usual;
    return html`<tr>
      <th scope="row">${figure.name} <span class="hint">${hint}</span></th>
      ${cells}
    </tr> `;
  });
  const heads = columns.map(
    ({ key, name }) => html`<th scope="col" class="number">${swatch(key)}${name}</th>`,
  );
  return html`<div class="scroll">
    <table class="metrics">
      <caption>
        ${caption}
        <span class="hint">● marks the best of a row.</span>
      </caption>
      <thead>
        <tr>
          <th scope="col">Figure</th>
          ${heads}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

/** The sign that ties a column to its line in the chart. */
export function swatch(key: string): Html {
  return html`<span class="swatch ${key}" aria-hidden="true"></span>`;
}

/** The best figure as it is shown; null when the figure has no good end or all are alike. */
function bestOf(figure: Figure, values: readonly (number | null)[]): string | null {
  const known = values.filter((value) => value !== null);
  const shown = new Set(known.map(figure.format));
  if (figure.better === 'neither' || shown.size < 2) {
    return null;
  }
  return figure.format(figure.better === 'higher' ? Math.max(...known) : Math.min(...known));
}

/** Figures of a challenger and a champion over the same held-out bars. */
export function duelTable(challenger: Metrics, champion: Metrics | null): Html {
  const shown = FIGURES.filter((figure) => DUEL_FIGURES.includes(figure.name));
  const rows = shown.map((figure) => {
    const other = champion === null ? NOTHING : numberCell(figure.format(figure.value(champion)));
    return html`<tr>
      <th scope="row">${figure.name}</th>
      ${numberCell(figure.format(figure.value(challenger)))}${other}
    </tr> `;
  });
  const head = champion === null ? NOTHING : html`<th scope="col" class="number">Champion</th>`;
  return html`<div class="scroll">
    <table class="compact">
      <caption class="unseen">
        Challenger and champion on the held-out bars
      </caption>
      <thead>
        <tr>
          <th scope="col">Figure</th>
          <th scope="col" class="number">Challenger</th>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

const DUEL_FIGURES: readonly string[] = [
  'Total return',
  'Volatility',
  'Sharpe ratio',
  'Largest drawdown',
  'Round trips',
  'Exposure',
];

function numberCell(text: string): Html {
  return html`<td class="number">${text}</td>`;
}
