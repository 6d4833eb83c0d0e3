import { loadCalendar } from '../../adapters/calendars/load-calendar.ts';
import { CalendarRangeError, expectedOpenTimes, sessionsBetween } from '../../engine/sessions.ts';
import { utcOf } from '../../engine/zone-time.ts';

const XNYS = loadCalendar('XNYS');
const XNSE = loadCalendar('XNSE');

function daysOf(calendar: typeof XNYS, from: string, to: string, closed: string[] = []): string[] {
  return [...sessionsBetween(calendar, { from, to }, new Set(closed))].map(({ day }) => day);
}

/** Trading days a year as the exchange has counted them. */
const NYSE_DAYS: [number, number][] = [
  [2000, 252],
  [2001, 248],
  [2004, 252],
  [2006, 251],
  [2007, 251],
  [2008, 253],
  [2012, 250],
  [2018, 251],
  [2020, 253],
  [2023, 250],
  [2024, 252],
  [2025, 250],
];

describe('sessionsBetween', () => {
  it.each(NYSE_DAYS)('knows the sessions of %d: %d', (year, count) => {
    expect(daysOf(XNYS, `${String(year)}-01-01`, `${String(year + 1)}-01-01`)).toHaveLength(count);
  });

  it.each([
    ['the attacks of 2001', '2001-09-10', '2001-09-18', ['2001-09-10', '2001-09-17']],
    ['the hurricane of 2012', '2012-10-26', '2012-11-01', ['2012-10-26', '2012-10-31']],
    ['mourning in 2018', '2018-12-04', '2018-12-07', ['2018-12-04', '2018-12-06']],
    ['mourning in 2025', '2025-01-08', '2025-01-11', ['2025-01-08', '2025-01-10']],
  ])('knows the closure for %s', (_what, from, to, days) => {
    expect(daysOf(XNYS, from, to)).toEqual(days);
  });

  it('knows half days', () => {
    const sessions = [...sessionsBetween(XNYS, { from: '2026-11-25', to: '2026-12-01' })];

    expect(sessions).toEqual([
      { day: '2026-11-25', open: '09:30', close: '16:00', isOtherHours: false },
      { day: '2026-11-27', open: '09:30', close: '13:00', isOtherHours: true },
      { day: '2026-11-30', open: '09:30', close: '16:00', isOtherHours: false },
    ]);
  });

  it('knows Indian holidays', () => {
    expect(daysOf(XNSE, '2026-01-23', '2026-01-28')).toEqual(['2026-01-23', '2026-01-27']);
    expect(daysOf(XNSE, '2020-10-01', '2020-10-06')).toEqual(['2020-10-01', '2020-10-05']);
  });

  it('leaves out a day that was closed against the calendar', () => {
    expect(daysOf(XNYS, '2026-11-23', '2026-11-26', ['2026-11-24'])).toEqual([
      '2026-11-23',
      '2026-11-25',
    ]);
  });

  it.each([
    ['1989-12-29', '1990-01-05', '1989-12-29'],
    ['2027-12-30', '2028-01-02', '2028-01-01'],
  ])('says nothing about %s to %s, which the calendar does not know', (from, to, day) => {
    expect(() => daysOf(XNYS, from, to)).toThrow(CalendarRangeError);
    expect(() => daysOf(XNYS, from, to)).toThrow(day);
  });

  it('answers up to the last day that is known', () => {
    expect(daysOf(XNYS, '2027-12-30', '2028-01-01')).toEqual(['2027-12-30', '2027-12-31']);
  });
});

describe('expectedOpenTimes', () => {
  function times(calendar: typeof XNYS, day: string, minutes: number): string[] {
    const to = new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
    const sessions = sessionsBetween(calendar, { from: day, to });
    const found = expectedOpenTimes(sessions, calendar.timeZone, minutes * 60_000);
    return [...found].map((ms) => new Date(ms).toISOString().slice(11, 16));
  }

  it('follows the clock of the exchange through a change to summer time', () => {
    expect(times(XNYS, '2026-03-06', 60)[0]).toBe('14:30');
    expect(times(XNYS, '2026-03-09', 60)[0]).toBe('13:30');
    expect(times(XNSE, '2026-03-09', 75)).toEqual(['03:45', '05:00', '06:15', '07:30', '08:45']);
  });

  it('ends before the close, on a half day early', () => {
    expect(times(XNYS, '2026-11-25', 30)).toHaveLength(13);
    expect(times(XNYS, '2026-11-27', 30)).toHaveLength(7);
  });

  it('expects a daily bar at midnight UTC of its day', () => {
    expect(times(XNYS, '2026-03-09', 1440)).toEqual(['00:00']);
  });
});

describe('utcOf', () => {
  it.each([
    ['2026-01-05', '09:30', 'America/New_York', '2026-01-05T14:30:00.000Z'],
    ['2026-07-06', '16:00', 'America/New_York', '2026-07-06T20:00:00.000Z'],
    ['2026-07-06', '00:00', 'Asia/Kolkata', '2026-07-05T18:30:00.000Z'],
  ])('turns %s %s in %s into UTC', (day, time, zone, instant) => {
    expect(new Date(utcOf(day, time, zone)).toISOString()).toBe(instant);
  });
});
