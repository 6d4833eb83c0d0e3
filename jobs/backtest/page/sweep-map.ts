import { BARS_PER_YEAR } from '../../../engine/statistics/returns.ts';
import { count, ratio } from '../../analyze/page/format.ts';
import { html, NOTHING, type Html } from '../../analyze/page/html.ts';
import type { Axis } from '../parameter-axes.ts';
import type { SweptSets } from '../sweep.ts';
import { heatCell, heatScale } from './heat.ts';

/** Sharpe ratios of the sets that fall into one cell. */
interface Cell {
  readonly median: number | null;
  readonly best: number | null;
  readonly sets: number;
}

/**
 * The Sharpe ratio over one or two parameters. A cell shows the middle one of its sets, whatever their
 * other parameters: a good neighborhood says more than one good set.
 */
export function sweepMap({ sharpes }: SweptSets, axes: readonly Axis[]): Html {
  const [across, down = SINGLE] = axes;
  if (across === undefined || sharpes === null) return NOTHING;
  const rows = down.labels.map((_, row) =>
    across.labels.map((__, column) =>
      cellOf(
        sharpes.filter(
          (___, set) => across.cells[set] === column && (down.cells[set] ?? 0) === row,
        ),
      ),
    ),
  );
  const cells = rows.flat();
  const heatOf = heatScale(cells.map(({ median }) => median));
  const peak = cells.reduce<number | null>(
    (most, { median }) => (median !== null && (most === null || median > most) ? median : most),
    null,
  );
  const heads = across.labels.map((label) => html`<th scope="col">${label}</th>`);
  const lines = rows.map((row, at) => {
    const shown = row.map((cell, column) =>
      heatCell({
        text: cell.sets === 0 ? '' : ratio(cell.median),
        heat: heatOf(cell.median),
        hint: hintOf(cell, across, column),
        isBest: cell.median !== null && cell.median === peak,
      }),
    );
    return html`<tr>
      <th scope="row">${down.labels[at] ?? ''}</th>
      ${shown}
    </tr> `;
  });
  const corner = down === SINGLE ? across.name : `${down.name} ↓  ${across.name} →`;
  const what = down === SINGLE ? across.name : `${across.name} and ${down.name}`;
  return html`<div class="scroll" role="region" aria-label="Sharpe ratio by ${what}" tabindex="0">
    <table class="heatmap">
      <caption>
        Sharpe ratio a year by ${what}
        <span class="hint"
          >The middle of the sets in a cell; blue above 0, orange below, the best framed.</span
        >
      </caption>
      <thead>
        <tr>
          <th scope="col">${corner}</th>
          ${heads}
        </tr>
      </thead>
      <tbody>
        ${lines}
      </tbody>
    </table>
  </div>`;
}

/** The other side of a map over one parameter. */
const SINGLE: Axis = { name: '', labels: ['Sharpe'], cells: [] };

function cellOf(sharpes: readonly (number | null)[]): Cell {
  const known = sharpes
    .filter((sharpe) => sharpe !== null)
    .map((sharpe) => sharpe * Math.sqrt(BARS_PER_YEAR))
    .sort((one, other) => one - other);
  const middle = (known.length - 1) / 2;
  const low = known[Math.floor(middle)];
  const high = known[Math.ceil(middle)];
  const median = low === undefined || high === undefined ? null : (low + high) / 2;
  return { median, best: known.at(-1) ?? null, sets: sharpes.length };
}

function hintOf({ sets, best }: Cell, { name, labels }: Axis, column: number): string {
  if (sets === 0) return 'no set';
  const place = `${name} ${labels[column] ?? ''}`;
  return `${place}: ${count(sets)} ${sets === 1 ? 'set' : 'sets'}, best ${ratio(best)}`;
}
