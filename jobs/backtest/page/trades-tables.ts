import { count, signedPercent } from '../../analyze/page/format.ts';
import { html, NOTHING, type Html } from '../../analyze/page/html.ts';
import { sideOf } from '../backtest-tables.ts';
import type { Trade } from '../trades.ts';

/** Rows of each table; the export has all trades. */
const ROWS = 8;

/** The trades that mattered most: the best and the worst ones. */
export function tradesTables(trades: readonly Trade[]): Html {
  if (trades.length === 0) return NOTHING;
  const ranked = trades
    .map((trade, index) => ({ trade, number: index + 1 }))
    .sort((one, other) => other.trade.return - one.trade.return);
  const gains = ranked.filter(({ trade }) => trade.return > 0).slice(0, ROWS);
  const losses = ranked
    .filter(({ trade }) => trade.return < 0)
    .slice(-ROWS)
    .reverse();
  return html`<div class="columns">
    ${tradesTable('Best trades', gains)}${tradesTable('Worst trades', losses)}
  </div>`;
}

interface Ranked {
  readonly trade: Trade;
  readonly number: number;
}

function tradesTable(caption: string, ranked: readonly Ranked[]): Html {
  if (ranked.length === 0) return NOTHING;
  const rows = ranked.map(({ trade, number }) => {
    const bars = trade.exitIndex === null ? null : trade.exitIndex - trade.entryIndex;
    return html`<tr>
      <th scope="row">${count(number)}</th>
      <td>
        ${trade.entryTime}${sideOf(trade) === 'short' ? html` <span class="hint">short</span>` : NOTHING}
      </td>
      <td>${trade.exitTime ?? 'open'}</td>
      <td class="number">${count(bars)}</td>
      <td class="number">${signedPercent(trade.return)}</td>
    </tr> `;
  });
  return html`<div class="scroll">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          <th scope="col">No.</th>
          <th scope="col">Opened</th>
          <th scope="col">Closed</th>
          <th scope="col" class="number">Bars</th>
          <th scope="col" class="number">Return</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}
