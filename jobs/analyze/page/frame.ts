import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { html, NOTHING, trusted, type Html } from './html.ts';
import { THEME } from './theme.ts';

export interface PageFrame {
  readonly title: string;
  /** One sentence below the title, and whatever else stands above the sections. */
  readonly introduction: Html;
  readonly sections: readonly Html[];
  /**
   * Plain JavaScript that runs after the charting library; a text of this program, never data. Null
   * for a page without charts.
   */
  readonly script: string | null;
  /** Added to the theme's style sheet; a text of this program, never data. */
  readonly style?: string;
}

/** What a page that loads nothing may do: run and style itself. The browser enforces it. */
const POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'";

/**
 * A page as one HTML file that needs nothing else: style, data and charting library are in it. The
 * same input gives the same bytes.
 */
export function renderFrame({
  title,
  introduction,
  sections,
  script,
  style = '',
}: PageFrame): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <title>${title}</title>
        <style>
          ${trusted(THEME)}${trusted(style)}
        </style>
      </head>
      <body>
        <header class="page">
          <h1>${title}</h1>
          ${introduction}
        </header>
        <main>${sections}</main>
        <footer class="page">
          <p class="hint">
            Paper trading on past prices, costs included. Past results say nothing certain about
            future ones, and nothing here is advice.
            ${script === null ? '' : 'Charts by Apache ECharts.'}
          </p>
        </footer>
        ${script === null ? NOTHING : scripts(script)}
      </body>
    </html> `;
  return page.markup;
}

function scripts(own: string): Html {
  return html`<script>
      ${chartLibrary()};
    </script>
    <script>
      ${trusted(own)};
    </script>`;
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
