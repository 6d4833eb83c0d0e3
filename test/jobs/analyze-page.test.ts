import { Script } from 'node:vm';
import { CHART_SCRIPT } from '../../jobs/analyze/page/chart-script.ts';
import { renderPage, type PageStrategy } from '../../jobs/analyze/page/page.ts';
import {
  CURVES,
  someContest,
  someCycle,
  someEvidence,
  someGate,
  someMetrics,
  someRelease,
  someStory,
  WINDOW,
} from './analyze-story.ts';

const HOSTILE = `</script><img src=x onerror=alert(1)><!--<script>'" onclick="alert(2)\u2028`;

function aStrategy(some: Partial<PageStrategy> = {}): PageStrategy {
  return { story: someStory(), overall: someContest(), curves: CURVES, ...some };
}

function aPage(some: Partial<PageStrategy> = {}): string {
  return renderPage({ title: 'The loop', strategies: [aStrategy(some)] });
}

/** A page in which every text of the input is an attack. */
function hostilePage(): string {
  const story = someStory({
    strategyId: HOSTILE,
    instrumentName: HOSTILE,
    currency: HOSTILE,
    releases: [
      someRelease({ releaseId: HOSTILE, from: HOSTILE, parameters: { [HOSTILE]: HOSTILE } }),
    ],
    cycles: [
      someCycle({
        cycleId: HOSTILE,
        window: { from: HOSTILE, to: HOSTILE },
        status: HOSTILE,
        outcome: HOSTILE,
        reason: HOSTILE,
        stagesMs: { [HOSTILE]: 1 },
      }),
    ],
    gates: [
      someGate({
        cycleId: `${HOSTILE}2`,
        verdict: HOSTILE,
        reason: HOSTILE,
        checks: [{ name: HOSTILE, passed: true, text: HOSTILE }],
        evidence: someEvidence({ from: HOSTILE, last: HOSTILE }),
      }),
    ],
  });
  const latest = { window: { from: HOSTILE, to: HOSTILE }, contest: someContest() };
  const curves = { ...CURVES, time: [HOSTILE, HOSTILE, HOSTILE] };
  const strategy = { story, overall: someContest(), curves, latest };
  return renderPage({ title: HOSTILE, strategies: [strategy, strategy] });
}

/** Elements and attributes that data has brought into the page. A clean page has none. */
function intruders(page: string): string[] {
  const own = /<script>[\s\S]*?<\/script>/g;
  return page.replace(own, '').match(/<img|<!--|<script>|" onclick="/g) ?? [];
}

/** Scripts and data of the page, as a browser would cut them. */
function scripts(page: string): string[] {
  return [...page.matchAll(/<script[^>]*>([\s\S]*?)<\/script/g)].map((match) => match[1] ?? '');
}

/** Texts of the cells of one row of the first table that has it. */
function rowOf(page: string, name: string): string[] {
  const row = [...page.matchAll(/<tr>([\s\S]*?)<\/tr>/g)]
    .map((match) => match[1] ?? '')
    .find((content) => new RegExp(`<th scope="row"[^>]*>\\s*${name}`).test(content));
  return [...(row ?? '').matchAll(/<td[^>]*>([\s\S]*?)<\/td>/g)].map((match) =>
    (match[1] ?? '')
      .replace(/<[^>]+>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
  );
}

describe('renderPage', () => {
  it('escapes every text of the input', () => {
    const page = hostilePage();

    expect(intruders(page)).toEqual([]);
    // Two data blocks, the library and the page's own script.
    expect(scripts(page)).toHaveLength(4);
    expect(page).toContain('&lt;/script&gt;&lt;img');
  });

  it('is caught when it lets one text through', () => {
    const planted = hostilePage().replace('</h1>', `${HOSTILE}</h1>`);

    expect(intruders(planted)).not.toEqual([]);
  });

  it('embeds data that reads back as it was', () => {
    const [data] = scripts(hostilePage());

    expect(JSON.parse(data ?? '')).toMatchObject({
      time: [HOSTILE, HOSTILE, HOSTILE],
      currency: HOSTILE,
    });
  });

  it('loads nothing from anywhere, and tells the browser so', () => {
    const page = aPage();
    const [, library = '', own = ''] = scripts(page);
    const rest = page.replace(library, '').replace(own, '');

    expect(rest).toContain('default-src &#39;none&#39;');
    expect(rest.match(/\b(src|srcset|data|action|poster)\s*=|@import|url\(|https?:/g)).toBeNull();
    expect(rest.match(/href="[^#]/g)).toBeNull();
    expect(own).not.toMatch(/fetch|XMLHttpRequest|import\(/);
    // Licenses and XML namespaces: names, not addresses that are loaded.
    expect(new Set(library.match(/https?:\/\/[^/"'\s]+/g))).toEqual(
      new Set(['http://www.apache.org', 'http://www.w3.org', 'https://github.com']),
    );
  });

  it('has scripts that browsers can parse', () => {
    const [, library = ''] = scripts(aPage());

    expect(() => new Script(CHART_SCRIPT)).not.toThrow();
    expect(() => new Script(library)).not.toThrow();
  });

  it('gives the same bytes for the same input', () => {
    expect(aPage()).toBe(aPage());
  });

  it('shows the figures of the metrics and marks the best of each row', () => {
    const overall = {
      loop: someMetrics({
        totalReturn: 0.38214,
        sharpe: 0.456,
        drawdownMax: 0.1214,
        costs: 1234.5,
      }),
      neverRetrained: someMetrics({ totalReturn: -0.021, sharpe: null, drawdownMax: 0.3 }),
      buyAndHold: someMetrics({ totalReturn: 1.71, sharpe: -0.2, drawdownMax: 0.1986 }),
    };

    const page = aPage({ overall });

    expect(rowOf(page, 'Total return')).toEqual(['+38.2%', '−2.1%', '+171.0% best']);
    expect(rowOf(page, 'Sharpe ratio')).toEqual(['0.46 best', '–', '−0.20']);
    expect(rowOf(page, 'Largest drawdown')).toEqual(['12.1% best', '30.0%', '19.9%']);
    expect(rowOf(page, 'Costs')).toEqual(['1,235', '1,235', '1,235']);
    expect(rowOf(page, 'Exposure')).toEqual(['40.0%', '40.0%', '40.0%']);
  });

  it('shows the measured window beside the whole record when there is one', () => {
    const latest = { window: WINDOW, contest: someContest(-0.07) };

    expect(aPage()).not.toContain('This window alone');
    expect(aPage({ latest })).toContain('This window alone, 2012-01-01 to 2013-01-01');
    expect(aPage({ latest })).toContain('−7.0%');
  });

  it('draws the curves that the figures were made of', () => {
    const overall = someContest(0.1, 0.05, 0.2);
    const [data = ''] = scripts(aPage({ overall }));

    expect(JSON.parse(data)).toMatchObject({
      initialEquity: expect.closeTo(100, 9),
      bands: [
        { from: '2012-01-01', label: '1' },
        { from: '2012-01-05', label: '2' },
      ],
      lines: [
        { key: 'loop', growth: [0.01, -0.05, 0.1], drawdown: [0, -0.059406, 0] },
        { key: 'neverRetrained', growth: [0, 0, 0.05], drawdown: [0, 0, 0] },
        { key: 'buyAndHold', growth: [0, 0.1, 0.2], drawdown: [0, 0, 0] },
      ],
    });
  });

  it('lists releases, stages and the evidence of the gate', () => {
    const page = aPage();

    expect(rowOf(page, '1')).toEqual([
      '2012-01-01',
      'rsiPeriod 14 level 0.123457',
      '1,200',
      'no',
      'aaaaaaaaaaaa',
    ]);
    expect(rowOf(page, '2012-01-01 to 2013-01-01')).toEqual([
      'completed',
      '412 ms',
      '1.2 s',
      '1 min 1 s',
      '–',
      '–',
      'release 1',
      'promoted',
    ]);
    expect(page).toContain('confidence 67.1%');
    expect(page).toContain('+1.23 basis points a bar');
    expect(page).toMatch(/class="failed"[\s\S]*drawdown[\s\S]*deeper/);
  });

  it('says what is missing when a strategy has just begun', () => {
    const story = someStory({ releases: [], cycles: [], gates: [] });
    const curves = { time: [], loop: [], neverRetrained: [], buyAndHold: [], close: [] };
    const page = aPage({ story, curves });

    expect(page).toContain('No release has been published.');
    expect(page).toContain('No cycle has run.');
    expect(page).toContain('No challenger has been judged');
    expect(page).toContain('no bars yet');
  });

  it('links each strategy from an overview when there are several', () => {
    const second = aStrategy({ story: someStory({ strategyId: 'ml-forecast' }) });
    const page = renderPage({ title: 'Two', strategies: [aStrategy(), second] });

    expect(page).toContain('<a href="#strategy-1">ml-forecast</a>');
    expect(page).toContain('id="strategy-1"');
    expect(aPage()).not.toContain('href="#strategy-0"');
  });
});
