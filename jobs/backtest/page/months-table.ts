import type { MarkedBar } from '../backtest-tables.ts';
import { signedPercent } from '../../analyze/page/format.ts';
import { html, type Html } from '../../analyze/page/html.ts';
import { heatCell, heatScale } from './heat.ts';
import { monthlyReturns } from './monthly-returns.ts';

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** Returns by month and year as a heat map, with those of buying and holding beside the years. */
export function monthsTable(
  equity: readonly MarkedBar[],
  holding: readonly MarkedBar[],
  initialEquity: number,
): Html {
  const years = monthlyReturns(equity, initialEquity);
  const others = monthlyReturns(holding, initialEquity);
  const heatOf = heatScale(years.flatMap(({ months }) => months));
  const rows = years.map(({ year, months, total }, at) => {
    const cells = months.map((value, month) =>
      heatCell({
        text: value === null ? '' : signedPercent(value),
        heat: heatOf(value),
        hint: value === null ? '' : `${MONTHS[month] ?? ''} ${year}: ${signedPercent(value)}`,
      }),
    );
    return html`<tr>
      <th scope="row">${year}</th>
      ${cells}
      <td class="number total">${signedPercent(total)}</td>
      <td class="number">${signedPercent(others[at]?.total ?? null)}</td>
    </tr> `;
  });
  const heads = MONTHS.map((month) => html`<th scope="col" class="number">${month}</th>`);
  return html`<div class="scroll" role="region" aria-label="Monthly returns" tabindex="0">
    <table class="months">
      <caption>
        Monthly returns
        <span class="hint">Blue gains, orange loses; the stronger, the more.</span>
      </caption>
      <thead>
        <tr>
          <th scope="col">Year</th>
          ${heads}
          <th scope="col" class="number">All year</th>
          <th scope="col" class="number">Held</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}
