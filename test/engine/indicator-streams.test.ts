import {
  ATR,
  BollingerBands,
  DonchianChannels,
  EMA,
  MACD,
  RSI,
  SMA,
  TR,
  WSMA,
} from 'trading-signals';
import { barSeries } from '../../engine/bar-series.ts';
import { INDICATORS, type Indicator } from '../../engine/indicators/catalog.ts';
import { exponentialAverageStream } from '../../engine/indicators/average-streams.ts';
import { ofCloses } from '../../engine/indicators/stream.ts';
import type { Bar } from '../../schemas/bar.ts';
import { randomBars } from '../support/bars.ts';
import { difference } from '../support/golden.ts';
import { indicatorFaults } from '../support/indicator-contract.ts';

const SPANS = { fast: 3, slow: 8, signal: 4 };

const EVERY: readonly Indicator[] = [
  ...[1, 2, 14].flatMap((period) => [
    INDICATORS['simple-average'](period),
    INDICATORS['exponential-average'](period),
    INDICATORS['adjusted-average'](period),
    INDICATORS['wilder-average'](period),
    INDICATORS.rsi(period),
    INDICATORS.return(period),
    INDICATORS.deviation(period),
    INDICATORS['z-score'](period),
    INDICATORS['rolling-maximum'](period),
    INDICATORS['rolling-minimum'](period),
    INDICATORS['average-true-range'](period),
    INDICATORS['donchian-upper'](period),
    INDICATORS['donchian-lower'](period),
  ]),
  INDICATORS.volatility(2),
  INDICATORS.volatility(20),
  INDICATORS.macd(SPANS),
  INDICATORS['macd-signal'](SPANS),
  INDICATORS['macd-histogram'](SPANS),
  INDICATORS.bollinger({ period: 20, width: 2 }),
  INDICATORS.bollinger({ period: 5, width: -1.5 }),
  INDICATORS['true-range'](),
];

const bars = randomBars(120, 4);
const flat: Bar[] = bars.map((bar) => ({ ...bar, open: 7, high: 7, low: 7, close: 7 }));

describe.each(EVERY)('indicator $name', (indicator) => {
  it('is the same whole, bar by bar, and resumed at any bar', () => {
    expect(indicatorFaults(indicator, bars)).toEqual([]);
  });

  it('stays finite on prices that never move', () => {
    expect(indicatorFaults(indicator, flat)).toEqual([]);
  });
});

describe('the indicator contract', () => {
  it('covers every indicator', () => {
    const covered = new Set(EVERY.map(({ name }) => name.replace(/\(.*$/, '')));

    expect([...covered].sort()).toEqual(Object.keys(INDICATORS).sort());
  });

  it('would notice an average that is seeded with a simple average', () => {
    const seeded: Indicator = {
      ...INDICATORS['exponential-average'](3),
      stream: () => {
        const library = new EMA(3);
        return {
          ...ofCloses(exponentialAverageStream(3)),
          next: ({ close }) => library.update(close, false) + 1e-12,
        };
      },
    };

    expect(indicatorFaults(seeded, bars).length).toBeGreaterThan(100);
  });

  it('would notice a snapshot that forgets, and a value that comes a bar late', () => {
    const honest = INDICATORS.rsi(5);
    const forgetful: Indicator = {
      ...honest,
      stream: () => ({ ...honest.stream(), restore: () => undefined }),
    };
    const late: Indicator = {
      ...honest,
      overSeries: (columns) => honest.overSeries(columns).map((_, t, all) => all[t - 1] ?? NaN),
    };

    expect(indicatorFaults(forgetful, bars)).toContain('row 50: differs when resumed');
    expect(indicatorFaults(late, bars)[0]).toMatch(/^row 5: .* whole$/);
  });
});

/** Rows where the library has a value and ours differs by more than 1e-10 of it. */
function rowsUnlike(indicator: Indicator, library: (bar: Bar) => number | null): number[] {
  const own = indicator.overSeries(barSeries(bars));
  return bars.flatMap((bar, row) => {
    const value = library(bar);
    return value === null || difference(own[row] ?? null, value, 1e-10) === null ? [] : [row];
  });
}

describe('trading-signals agrees on every row where it has a value', () => {
  const rsi = new RSI(14);
  const sma = new SMA(9);
  const ema = new EMA(9);
  const wilder = new WSMA(9);
  const atr = new ATR(14);
  const range = new TR();
  const bands = new BollingerBands(20, 2);
  const channels = new DonchianChannels(20);
  const macd = new MACD(new EMA(3), new EMA(8), new EMA(4));

  it.each<[Indicator, (bar: Bar) => number | null]>([
    [INDICATORS.rsi(14), ({ close }) => rsi.update(close, false)],
    [INDICATORS['simple-average'](9), ({ close }) => sma.update(close, false)],
    [INDICATORS['exponential-average'](9), ({ close }) => ema.update(close, false)],
    [INDICATORS['wilder-average'](9), ({ close }) => wilder.update(close, false)],
    [INDICATORS['average-true-range'](14), (bar) => atr.update(bar, false)],
    [INDICATORS['true-range'](), (bar) => range.update(bar, false)],
    [INDICATORS.macd(SPANS), ({ close }) => macd.update(close, false)?.macd ?? null],
    [
      INDICATORS.bollinger({ period: 20, width: 2 }),
      ({ close }) => bands.update(close, false)?.upper ?? null,
    ],
    [INDICATORS['donchian-upper'](20), (bar) => channels.update(bar, false)?.upper ?? null],
  ])('on $name', (indicator, library) => {
    expect(rowsUnlike(indicator, library)).toEqual([]);
  });

  it('would notice another smoothing', () => {
    const other = new RSI(14, EMA);

    expect(rowsUnlike(INDICATORS.rsi(14), ({ close }) => other.update(close, false))).not.toEqual(
      [],
    );
  });
});

describe('cited tables', () => {
  it('has the RSI(14) of the StockCharts ChartSchool worksheet', () => {
    const closes = [
      44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955, 45.4245, 45.8433, 46.0826,
      45.8931, 46.0328, 45.614, 46.282, 46.282, 46.0028, 46.0328, 46.4116, 46.2222, 45.6439,
    ];
    const rsi = INDICATORS.rsi(14).stream();
    const table = closes.map((close) => rsi.next({ high: close, low: close, close }));

    expect(table.slice(14).map((value) => value.toFixed(2))).toEqual([
      '70.53',
      '66.32',
      '66.55',
      '69.41',
      '66.36',
      '57.97',
    ]);
  });

  it('refuses a period below 1', () => {
    expect(() => INDICATORS.rsi(0)).toThrow('period must be a whole number >= 1, was 0');
  });
});
