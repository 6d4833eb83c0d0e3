import { durationMs, ScheduleSettings } from '../../schemas/schedule-settings.ts';
import { StrategySettings } from '../../schemas/settings.ts';
import { expandEntries, StrategiesFile } from '../../schemas/strategies-file.ts';

const ENTRY = {
  id: 'rsi-macd-spx',
  implementation: 'rsi-macd',
  feed: { kind: 'csv', path: 'prices/spx.csv' },
  instrument: { id: 'spx' },
};

function expand(...strategies: object[]) {
  return expandEntries(StrategiesFile.parse({ strategies }));
}

function refusals(...strategies: object[]): string[] {
  const parsed = StrategiesFile.safeParse({ strategies });
  return parsed.success ? [] : parsed.error.issues.map(({ message }) => message);
}

describe('StrategiesFile', () => {
  it('makes settings that the store accepts, several of one implementation', () => {
    const wanted = expand(ENTRY, { ...ENTRY, id: 'rsi-macd-bold', initialCash: 5 });

    expect(wanted.map(({ settings }) => StrategySettings.parse(settings))).toMatchObject([
      { strategyId: 'rsi-macd-spx', implementation: 'rsi-macd', initialCash: 1_000_000 },
      { strategyId: 'rsi-macd-bold', implementation: 'rsi-macd', initialCash: 5 },
    ]);
  });

  it('makes one strategy for each symbol of an entry', () => {
    const symbols = { symbols: ['spx', 'ndx'], instrument: {} };
    const feed = { kind: 'csv', path: 'prices/{symbol}.csv' };

    const wanted = expand({ ...ENTRY, ...symbols, id: 'trend', feed });

    expect(wanted.map(({ settings }) => settings)).toMatchObject([
      {
        strategyId: 'trend-spx',
        seriesId: 'spx-1d',
        instrument: { instrumentId: 'spx' },
        feed: { path: 'prices/spx.csv' },
      },
      {
        strategyId: 'trend-ndx',
        seriesId: 'ndx-1d',
        instrument: { instrumentId: 'ndx' },
        feed: { path: 'prices/ndx.csv' },
      },
    ]);
  });

  it.each([
    [{ ...ENTRY, instrument: {} }, 'must name the instrument, or the entry must have symbols'],
    [{ ...ENTRY, symbols: ['a'] }, 'must have no id and no name beside symbols'],
    [
      { ...ENTRY, symbols: ['a', 'b'], instrument: {} },
      'must be a csv feed with {symbol} in its path beside symbols',
    ],
    [
      {
        ...ENTRY,
        symbols: ['a'],
        instrument: {},
        feed: { kind: 'csv-url', url: 'https://data.example/a.csv' },
      },
      'must have {symbol} in its url beside symbols',
    ],
    [
      { ...ENTRY, feed: { kind: 'csv-url', url: 'http://data.example/a.csv' } },
      'must be an https:// address',
    ],
    [
      { ...ENTRY, feed: { kind: 'csv-url', url: 'https://me:secret@data.example/a.csv' } },
      expect.stringContaining('must hold no user name and no password'),
    ],
    [{ ...ENTRY, id: 'Not An Id' }, expect.stringContaining('must be 1 to 63')],
    [{ ...ENTRY, schedule: { from: '2012-01-01' } }, 'must have either cron or every'],
    [
      { ...ENTRY, schedule: { from: '2012-01-01', every: '1d', window: '5x' } },
      expect.stringContaining('1d, 1w, 1mo'),
    ],
    [
      { ...ENTRY, schedule: { from: '2012-01-01', every: '1d', timeZone: 'Mars/Base' } },
      'must be a time zone such as UTC',
    ],
  ])('refuses %j', (entry, message) => {
    expect(refusals(entry)).toContainEqual(message);
  });
});

describe('ScheduleSettings', () => {
  it('leaves pausing to operators unless the file says something', () => {
    const schedule = ScheduleSettings.parse({ every: '12h', from: '2012-01-01' });

    expect(schedule.paused).toBeUndefined();
    expect(durationMs(schedule.every ?? '')).toBe(12 * 3_600_000);
  });
});
