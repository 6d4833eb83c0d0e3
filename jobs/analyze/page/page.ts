import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { CHART_SCRIPT } from './chart-script.ts';
import { CONTESTANT_NAMES, CONTESTANTS } from './contestants.ts';
import { ratio, signedPercent } from './format.ts';
import { html, NOTHING, trusted, type Html } from './html.ts';
import { strategySection, tradedSpan, type PageStrategy } from './strategy-section.ts';
import { THEME } from './theme.ts';

export type { PageStrategy } from './strategy-section.ts';

export interface Page {
  readonly title: string;
  readonly strategies: readonly PageStrategy[];
}

/** What a page that loads nothing may do: run and style itself. The browser enforces it. */
const POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'";

/**
 * The report as one HTML file that needs nothing else: style, data and charting library are in it.
 * The same input gives the same bytes. Every text of the input is escaped.
 */
export function renderPage({ title, strategies }: Page): string {
  const sections = strategies.map(strategySection);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <title>${title}</title>
        <style>
          ${trusted(THEME)}
        </style>
      </head>
      <body>
        <header class="page">
          <h1>${title}</h1>
          <p class="hint">
            What a strategy earned that retrains itself, against its first release left alone and
            against buying and holding.
          </p>
          ${strategies.length > 1 ? overview(strategies) : NOTHING}
        </header>
        <main>${sections}</main>
        <footer class="page">
          <p class="hint">
            Paper trading on past prices, costs included. Past results say nothing certain about
            future ones, and nothing here is advice. Charts by Apache ECharts.
          </p>
        </footer>
        <script>
          ${chartLibrary()};
        </script>
        <script>
          ${trusted(CHART_SCRIPT)};
        </script>
      </body>
    </html> `;
  return page.markup;
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

let library: Html | null = null;

/**
 * Apache ECharts (Apache-2.0, its license notice included), the smallest build that has linked
 * axes, tooltips, marked areas and zoom. Read once per process: it is 0.7 MB.
 */
function chartLibrary(): Html {
  if (library === null) {
    const path = createRequire(import.meta.url).resolve('echarts/dist/echarts.common.min');
    library = trusted(scriptText(readFileSync(path, 'utf8')));
  }
  return library;
}

/** A script that cannot end its element early; in JavaScript texts `\/` and `\!` mean `/` and `!`. */
function scriptText(source: string): string {
  return source.replaceAll(/<\/(script)/gi, '<\\/$1').replaceAll('<!--', '<\\!--');
}
