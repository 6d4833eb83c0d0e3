import { Script } from 'node:vm';
import { walkDocument } from '../../jobs/backtest/backtest.ts';
import { chartIndices, POINTS_MAX } from '../../jobs/backtest/page/thinned.ts';
import { heatScale } from '../../jobs/backtest/page/heat.ts';
import { monthlyReturns } from '../../jobs/backtest/page/monthly-returns.ts';
import { renderBacktestPage } from '../../jobs/backtest/page/backtest-page.ts';
import { renderSweepPage, type SweepPage } from '../../jobs/backtest/page/sweep-page.ts';
import { sweepMap } from '../../jobs/backtest/page/sweep-map.ts';
import { tradesFigure } from '../../jobs/backtest/page/backtest-figures.ts';
import { tradesTables } from '../../jobs/backtest/page/trades-tables.ts';
import { TRADES_SCRIPT } from '../../jobs/backtest/page/trades-script.ts';
import { prepareBacktest, walkBacktest } from '../../jobs/backtest/walk-backtest.ts';
import type { EquityPoint } from '../../schemas/trading.ts';
import { strategyById } from '../../strategies/registry.ts';
import { marketBars, requestOf } from '../support/golden-backtests.ts';

const HOSTILE = `</script><img src=x onerror=alert(1)><!--<script>'" onclick="alert(2)\u2028`;
const hostileStrategy = { id: HOSTILE, title: HOSTILE, description: HOSTILE, source: HOSTILE };
const bars = marketBars('walk');

async function backtestPage(strategy = hostileStrategy, dataName = HOSTILE): Promise<string> {
  const request = requestOf();
  const prepared = prepareBacktest(request, strategyById('rsi-macd'), bars);
  const walked = await walkBacktest(prepared);
  const document = walkDocument(prepared, walked);
  const initialEquity = request.initialCash;
  return renderBacktestPage({
    ...{ strategy, dataName, prepared, bars, document, initialEquity },
    equity: walked.equity,
  });
}

function sweepPage(over: Partial<SweepPage> = {}): string {
  const { parameters: _, include: __, ...shared } = requestOf();
  const row = { finalEquity: 1_100_000, trades: 3, maxDrawdown: 0.1 };
  return renderSweepPage({
    strategy: hostileStrategy,
    dataName: HOSTILE,
    setsName: HOSTILE,
    request: { ...shared, command: 'sweep', parametersFile: '-', threads: 1, progress: false },
    bars,
    swept: {
      rows: [
        { ...row, params: { [HOSTILE]: HOSTILE } },
        { ...row, params: { [HOSTILE]: 2 } },
      ],
      sharpes: [0.01, -0.02],
    },
    statistics: {
      trials: 2,
      luckySharpe: 0.3,
      best: [{ set: 0, sharpe: 0.16, deflatedSharpe: 0.4 }],
      overfitting: { pbo: 0.5, sets: 2, bars: 640 },
    },
    axes: [{ name: HOSTILE, labels: [HOSTILE, '2'], cells: [0, 1] }],
    ...over,
  });
}

/** Elements and attributes that data has brought into the page. A clean page has none. */
function intruders(page: string): string[] {
  const own = /<script>[\s\S]*?<\/script>/g;
  return page.replace(own, '').match(/<img|<!--|<script>|" onclick="/g) ?? [];
}

/** What a page would load from elsewhere. */
function loads(page: string): string[] {
  const own = /<script>[\s\S]*?<\/script>/g;
  return page.replace(own, '').match(/\b(src|srcset)\s*=|@import|url\(|https?:/g) ?? [];
}

describe('renderBacktestPage', () => {
  it('escapes every text, loads nothing, and is the same for the same back-test', async () => {
    const page = await backtestPage();
    const harmless = { id: 'a', title: 'A', description: 'B.', source: 'c' };

    expect(intruders(page)).toEqual([]);
    expect(intruders(page.replace('</h1>', `${HOSTILE}</h1>`))).not.toEqual([]);
    expect(loads(await backtestPage(harmless, 'prices.csv'))).toHaveLength(0);
    expect(await backtestPage()).toBe(page);
  });

  it('holds the trades that were made and the figures of both', async () => {
    const page = await backtestPage({ id: 'a', title: 'A', description: 'B.', source: 'c' });
    const prepared = prepareBacktest(requestOf(), strategyById('rsi-macd'), bars);
    const { trades } = walkDocument(prepared, await walkBacktest(prepared));
    const text = /id="trades">([\s\S]*?)<\/script>/.exec(page)?.[1] ?? '';
    const data = JSON.parse(text) as { trades: readonly { entryTime: string }[] };

    expect(data.trades.map(({ entryTime }) => entryTime)).toEqual(
      trades.map(({ entryTime }) => entryTime),
    );
    expect(page).toContain(`${String(trades.length)} trades`);
    expect(page).toContain('buying and holding');
    expect(page).toContain('class="months"');
  });

  it('says which trades were short', () => {
    const trade = {
      ...{ entryIndex: 0, entryTime: '2020-01-02', entryPrice: 10, side: 'short' as const },
      ...{ exitIndex: 1, exitTime: '2020-01-03', exitPrice: 9, return: 0.1 },
    };
    const point = { time: '2020-01-02', equity: 1, close: 10, contracts: -1 };

    expect(tradesTables([trade]).markup).toContain('short');
    expect(tradesFigure([trade], [point]).markup).toContain('"isShort":true');
    expect(tradesFigure([{ ...trade, side: undefined } as never], [point]).markup).not.toContain(
      '"isShort":true',
    );
  });

  it('has scripts that browsers can parse', () => {
    expect(() => new Script(TRADES_SCRIPT)).not.toThrow();
  });
});

describe('renderSweepPage', () => {
  it('escapes every text and needs no script', () => {
    const page = sweepPage();

    expect(intruders(page)).toEqual([]);
    expect(page).not.toContain('<script');
    expect(page).toContain('40.0%');
    expect(page).toContain('may be luck');
  });

  it('shows the middle of the sets that share a cell', () => {
    const axes = [
      { name: 'a', labels: ['1', '2'], cells: [0, 0, 0, 1] },
      { name: 'b', labels: ['5'], cells: [0, 0, 0, 0] },
    ];
    const sharpes = [1, 2, 9, null].map((value) =>
      value === null ? null : value / Math.sqrt(252),
    );
    const map = sweepMap({ rows: [], sharpes }, axes).markup;

    expect(
      [...map.matchAll(/<td class="number heat[^>]*>\s*([^<]*?)\s*</g)].map(([, t]) => t),
    ).toEqual(['2.00', '–']);
    expect(map).toContain('a 1: 3 sets, best 9.00');
  });
});

describe('monthlyReturns', () => {
  const point = (time: string, equity: number): EquityPoint => ({
    ...{ time, equity, cash: equity, units: 0, close: 1, releaseId: '0'.repeat(64) },
  });

  it('compounds to the year, from the last close before it', () => {
    const equity = [
      point('2019-12-30', 110),
      point('2019-12-31', 120),
      point('2020-01-02', 100),
      point('2020-01-31T20:00:00Z', 132),
      point('2020-03-02', 66),
    ];

    const [first, second] = monthlyReturns(equity, 100);

    expect(first?.months[11]).toBeCloseTo(0.2, 12);
    expect(second).toMatchObject({ year: '2020' });
    expect(second?.months.slice(0, 4)).toEqual([
      expect.closeTo(0.1, 12),
      null,
      expect.closeTo(-0.5, 12),
      null,
    ]);
    expect(second?.total).toBeCloseTo(-0.45, 12);
  });
});

describe('chartIndices', () => {
  it('keeps every bar of a short series', () => {
    expect(chartIndices([3, 1, 2])).toEqual([0, 1, 2]);
  });

  it('keeps the lowest, the highest and the last bar of a long one, in order', () => {
    const values = Array.from({ length: 100_003 }, (_, at) => Math.sin(at / 50));
    values[77_777] = -9;
    values[33_333] = 9;

    const shown = chartIndices(values);

    expect(shown.length).toBeLessThanOrEqual(POINTS_MAX + 1);
    expect(shown).toEqual(expect.arrayContaining([0, 33_333, 77_777, 100_002]));
    expect(shown).toEqual(shown.toSorted((one, other) => one - other));
  });
});

describe('heatScale', () => {
  it('is strongest for the most extreme twentieth, and nothing at the middle', () => {
    const values = Array.from({ length: 100 }, (_, at) => at / 100);
    const heat = heatScale([...values, -5, null]);

    expect([heat(0), heat(null), heat(-5)]).toEqual([0, 0, -1]);
    expect(heat(0.5)).toBeGreaterThan(0.4);
    expect(heat(0.5)).toBeLessThan(0.6);
  });

  it('colors the only value that is not in the middle', () => {
    expect(heatScale([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3])(3)).toBe(
      1,
    );
  });
});
