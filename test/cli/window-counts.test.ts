import { recordOverride } from '../../adapters/postgres/calendar-overrides.ts';
import { upsertBars } from '../../adapters/postgres/series.ts';
import { demoSettings } from '../../cli/defaults.ts';
import { countWindows, findOverlap, readDueCounts } from '../../cli/window-counts.ts';
import type { Window } from '../../schemas/window.ts';
import { openTestStore, registerTestStrategy } from '../support/store.ts';
import type { TestStore } from '../support/store.ts';

const TODAY = '2012-06-15';
/** One bar in each of the first six months of 2012. */
const MONTHLY_BARS = ['01', '02', '03', '04', '05', '06'].map((month) => `2012-${month}-10`);

function month(from: string, to: string): Window {
  return { from: `2012-${from}-01`, to: `2012-${to}-01` };
}

describe('countWindows', () => {
  it('counts windows that end after today as not over, and nowhere else', () => {
    const span = { from: '2012-01-01', to: '2013-01-01' };
    const traded = [month('01', '02'), month('02', '03')];

    const counts = countWindows(span, '1mo', { times: MONTHLY_BARS, traded, today: TODAY });

    // January to May are over. Would notice June, or July to December "without bars".
    expect(counts).toEqual({
      expected: 5,
      completed: 2,
      withoutBars: 0,
      missing: [month('03', '04'), month('04', '05'), month('05', '06')],
      notOver: 7,
    });
  });

  it('takes a window as done that is part of a longer one', () => {
    const span = { from: '2012-01-01', to: '2012-06-01' };
    const traded = [{ from: '2012-01-01', to: '2012-04-01' }];

    const counts = countWindows(span, '1mo', { times: MONTHLY_BARS, traded, today: TODAY });

    expect(counts).toMatchObject({ completed: 3, notOver: 0 });
    expect(findOverlap(counts.missing, traded)).toBeNull();
  });
});

describe('findOverlap', () => {
  it('finds a window whose days were traded in shorter ones', () => {
    const span = { from: '2012-01-01', to: '2012-04-01' };
    const traded = [month('01', '02'), month('02', '03'), month('03', '04')];

    const { missing } = countWindows(span, '3mo', { times: MONTHLY_BARS, traded, today: TODAY });

    // All of its days were traded, so it is not lacking bars, and it can never run.
    expect(findOverlap(missing, traded)).toEqual({ window: span, traded: traded[0] });
  });

  it('leaves alone windows that only touch one that was traded', () => {
    expect(findOverlap([month('02', '03')], [month('01', '02'), month('03', '04')])).toBeNull();
  });
});

describe('readDueCounts', () => {
  const { strategyId, seriesId, instrument } = demoSettings('rsi-macd');
  const strategy = { strategyId, seriesId, calendar: instrument.calendar };
  /** 3 to 10 January 2012: six sessions, one weekend, one holiday before. */
  const SPAN = { from: '2012-01-01', to: '2012-01-11' };
  let store: TestStore;

  beforeEach(async () => {
    store = await openTestStore();
    await registerTestStrategy(store.pool, strategyId);
  });
  afterEach(() => store.close());

  function storeBars(...days: string[]) {
    const bars = days.map((time) => ({ time, open: 1, high: 1, low: 1, close: 1, volume: 1 }));
    return upsertBars(store.pool, seriesId, bars);
  }

  it('shows every session as missing before any bar was collected', async () => {
    const counts = await readDueCounts(store.pool, strategy, SPAN, '1d');

    // Would notice a schedule that never started and shows nothing as missing.
    expect(counts).toMatchObject({ expected: 6, completed: 0, withoutBars: 4 });
    expect(counts.missing[0]).toEqual({ from: '2012-01-03', to: '2012-01-04' });
  });

  it('takes stored bars as they are, and the sessions behind them', async () => {
    // No bar of the 4th: later bars show that there was none, whatever the calendar says.
    await storeBars('2012-01-03', '2012-01-05');
    await recordOverride(store.pool, {
      ...{ calendar: 'XNYS', day: '2012-01-09', action: 'close', reason: 'flood', actor: 'ada' },
    });

    const { missing } = await readDueCounts(store.pool, strategy, SPAN, '1d');

    expect(missing.map(({ from }) => from.slice(8))).toEqual(['03', '05', '06', '10']);
  });

  it('counts stored bars only where no calendar is known', async () => {
    await storeBars('2012-01-03');

    const counts = await readDueCounts(store.pool, { ...strategy, calendar: 'XFOO' }, SPAN, '1d');

    expect(counts.missing).toHaveLength(1);
  });
});
