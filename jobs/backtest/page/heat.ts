import { quantileOfSorted } from '../../../engine/statistics/outcomes.ts';
import { html, type Html } from '../../analyze/page/html.ts';

/** Share of the strongest color that a value gets, -1 (worst) to 1 (best); 0 is no color. */
export type Heat = number;

/** Share of the values that do not reach the strongest color: one odd month must not pale all others. */
const STRONGEST_SHARE = 0.95;

/**
 * How strongly each value of a map is colored: by its distance from the middle, in shares of the
 * distance that 95 % of the values stay within. Values of one side have one color.
 *
 * @param values null where there is nothing.
 * @param middle value without a color.
 */
export function heatScale(
  values: readonly (number | null)[],
  middle = 0,
): (value: number | null) => Heat {
  const distances = values
    .filter((value) => value !== null)
    .map((value) => Math.abs(value - middle))
    .sort((one, other) => one - other);
  const reach =
    distances.length === 0
      ? 0
      : quantileOfSorted(Float64Array.from(distances), STRONGEST_SHARE) || (distances.at(-1) ?? 0);
  return (value) =>
    value === null || reach === 0 ? 0 : Math.max(-1, Math.min(1, (value - middle) / reach));
}

export interface HeatCell {
  readonly text: string;
  readonly heat: Heat;
  /** Longer words for a pointer that rests on the cell. */
  readonly hint?: string;
  readonly isBest?: boolean;
}

/** A cell whose color is one of 9 steps on either side, so that the style sheet knows all of them. */
export function heatCell({ text, heat, hint = '', isBest = false }: HeatCell): Html {
  const step = Math.round(Math.abs(heat) * 9);
  const side = heat < 0 ? 'cold' : 'warm';
  const names = step === 0 ? 'number heat' : `number heat ${side}${String(step)}`;
  return html`<td class="${isBest ? `${names} peak` : names}" title="${hint}">${text}</td>`;
}

const STEPS = Array.from({ length: 9 }, (_, at) => at + 1);

/**
 * Blue and orange instead of green and red: people with any common color blindness tell them apart,
 * and the number stands in the cell.
 */
export const HEAT_STYLE = `
td.heat { padding: 5px 7px; min-width: 2.9em; border-bottom: 1px solid var(--panel); border-left: 1px solid var(--panel); }
td.heat:last-child { padding-right: 7px; }
td.peak { outline: 2px solid var(--ink); outline-offset: -2px; font-weight: 700; }
table.heatmap { width: auto; font-size: 0.82rem; } table.heatmap th { padding: 5px 10px 5px 0; }
table.heatmap thead th { padding: 5px 7px; text-align: right; vertical-align: bottom; }
table.heatmap thead th:first-child { text-align: left; padding-left: 0; }
table.months { font-size: 0.82rem; } table.months th, table.months thead th { padding: 5px 8px 5px 0; }
table.months thead th.number { padding-right: 8px; }
table.months td { padding-top: 5px; padding-bottom: 5px; }
table.months td.total { font-weight: 650; border-left: 12px solid var(--panel); }
${STEPS.map(
  (step) =>
    `td.warm${String(step)} { background: color-mix(in srgb, var(--heat-warm) ${String(step * 7)}%, transparent); }` +
    `td.cold${String(step)} { background: color-mix(in srgb, var(--heat-cold) ${String(step * 7)}%, transparent); }`,
).join('\n')}
:root { --heat-warm: #0072b2; --heat-cold: #d55e00; }
@media (prefers-color-scheme: dark) { :root { --heat-warm: #4aa3df; --heat-cold: #e69f00; } }
@media print { td.heat { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
`;
