import { countWindows, findOverlap } from '../../cli/window-counts.ts';
import type { Window } from '../../schemas/window.ts';

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
